// Builds elements out of text nodes only: nothing from the server is ever read as markup.
// A function given as text or attribute is "live": refresh() evaluates it again, after a change of language.

export type Live = () => string;
export type Child = Node | string | Live | null | false | undefined;
type Attribute = string | number | boolean | Live | null | undefined | ((event: Event) => void);
export type Props = Record<string, Attribute>;

const liveText = new WeakMap<Node, Live>();
const liveAttributes = new WeakMap<Element, Map<string, Live>>();

export function h<K extends keyof HTMLElementTagNameMap>(
	tag: K, props: Props = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(props))
		setProp(element, name, value);
	element.append(...nodes(children));
	return element;
}

export function fill(parent: Element, ...children: Child[]): void {
	parent.replaceChildren(...nodes(children));
}

export function setProp(element: Element, name: string, value: Attribute): void {
	if (value === null || value === undefined || value === false) {
		element.removeAttribute(name);
		return;
	}
	if (typeof value === "function") {
		if (name.startsWith("on")) {
			element.addEventListener(name.slice(2), value as (event: Event) => void);
			return;
		}
		const live = value as Live;
		const known = liveAttributes.get(element) ?? new Map<string, Live>();
		liveAttributes.set(element, known.set(name, live));
		element.setAttribute(name, live());
		return;
	}
	element.setAttribute(name, value === true ? "" : String(value));
}

export function refresh(root: Node): void {
	const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
	for (let node: Node | null = walker.currentNode; node; node = walker.nextNode()) {
		const text = liveText.get(node);
		if (text)
			node.nodeValue = text();
		if (node instanceof Element)
			for (const [name, live] of liveAttributes.get(node) ?? [])
				node.setAttribute(name, live());
	}
}

function nodes(children: Child[]): Node[] {
	return children.flatMap((child) => {
		if (child === null || child === undefined || child === false)
			return [];
		if (child instanceof Node)
			return [child];
		const node = document.createTextNode(typeof child === "string" ? child : child());
		if (typeof child === "function")
			liveText.set(node, child);
		return [node];
	});
}

// Swagger UI leaves some of its controls without a name and its headings out of order. What it draws is mended as it appears.

type Value = string | null | ((element: Element) => string | null);

interface Repair {
	where: string;
	attribute: string;
	value: Value;
}

const REPAIRS: Repair[] = [
	{ where: ".information-container section", attribute: "aria-label", value: "About this API" },
	{ where: "section.schemes", attribute: "aria-label", value: "Server and authorization" },
	{ where: "section.models", attribute: "aria-label", value: "Schemas" },
	{ where: ".responses-table[role=region]", attribute: "aria-label", value: (table) => `Responses, ${table.id}` },

	{ where: ".swagger-ui > .loading-container", attribute: "role", value: "main" },

	{ where: ".info .title", attribute: "aria-level", value: "2" },
	{ where: ".errors__title", attribute: "aria-level", value: "3" },

	{ where: ".servers select", attribute: "aria-label", value: "Server" },
	{ where: "[data-param-name] :is(input, select, textarea)", attribute: "aria-label", value: parameterName },
	{ where: ".body-param textarea", attribute: "aria-label", value: "Request body" },
	{ where: ".close-modal", attribute: "aria-label", value: "Close" },
	{ where: ".auth-btn-wrapper .btn", attribute: "aria-label", value: null },
	{ where: "div.copy-to-clipboard", attribute: "aria-label", value: null },

	/* A link inside a button: the button opens the operation, and the address follows. */
	{ where: ".opblock-summary-control a", attribute: "href", value: null },
];

export function repairFrom(root: Element): void {
	const watched = [...new Set(REPAIRS.map(({ attribute }) => attribute))];
	const all = (): void => REPAIRS.forEach((repair) => mend(root, repair));
	new MutationObserver(all).observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: watched });
}

function mend(root: Element, { where, attribute, value }: Repair): void {
	for (const element of root.querySelectorAll(where)) {
		const next = typeof value === "function" ? value(element) : value;
		if (element.getAttribute(attribute) === next)
			continue;
		if (next === null)
			element.removeAttribute(attribute);
		else
			element.setAttribute(attribute, next);
	}
}

function parameterName(control: Element): string | null {
	return control.closest("[data-param-name]")?.getAttribute("data-param-name") ?? null;
}

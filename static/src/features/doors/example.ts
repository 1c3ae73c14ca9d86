// Three lines of shell that sign up and create a quest on this very installation.
import { h } from "../../lib/dom.ts";
import { say } from "../../lib/i18n.ts";
import { card } from "../../ui/card.ts";
import { copyButton } from "../../ui/copy.ts";

const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])$/;

export function example(): HTMLElement {
	const lines = exampleLines(location);
	const all = copyButton({ look: "plain", name: say("copyAll"), label: say("copyAll") }, () => lines.join("\n"));
	const place = card({ title: say("exampleTitle"), text: say("exampleText"), side: all },
		h("ol", { class: "mt-4 divide-y divide-line overflow-hidden rounded-control border border-line bg-sunken" },
			...lines.map((line, index) => h("li", { class: "flex items-start gap-1 py-1 pr-1 pl-3.5" },
				h("code", { class: "min-w-0 flex-1 py-2.5 font-mono text-xs leading-5 wrap-anywhere whitespace-pre-wrap" }, line),
				copyButton({ look: "quiet", name: say("copyLine", { n: index + 1 }) }, () => line)))));
	place.id = "command-line";
	return place;
}

/* A local installation signs its own certificate, which curl takes only with -k. */
function exampleLines({ origin, protocol, hostname }: Location): string[] {
	const curl = protocol === "https:" && LOCAL.test(hostname) ? "curl -sk" : "curl -s";
	return [
		`LA=${origin} EMAIL=me@example.org PASSWORD="$(head -c 18 /dev/urandom | base64)"`,
		`TOKEN=$(${curl} $LA/auth/signup --json "{\\"email\\":\\"$EMAIL\\",\\"password\\":\\"$PASSWORD\\"}" | jq -r .access_token)`,
		`${curl} $LA/quests -H "Authorization: Bearer $TOKEN" --json '{"title":"My first quest"}'`,
	];
}

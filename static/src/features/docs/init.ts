// Shows this installation's own /openapi.json and nothing else: no address is taken from the query, no token is kept.
import { repairFrom } from "./repair.ts";

/* The bundle is a classic script that has run before this module. */
declare const SwaggerUIBundle: {
	(settings: Record<string, unknown>): unknown;
	presets: { apis: unknown };
};

const html = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

function paint(): void {
	const theme = html.dataset["theme"] ?? (system.matches ? "dark" : "light");
	html.classList.toggle("dark-mode", theme === "dark");
}

system.addEventListener("change", paint);
paint();

const place = document.getElementById("swagger-ui");
if (place)
	repairFrom(place);

SwaggerUIBundle({
	url: "/openapi.json",
	dom_id: "#swagger-ui",
	presets: [SwaggerUIBundle.presets.apis],
	layout: "BaseLayout",
	queryConfigEnabled: false,
	validatorUrl: null,
	persistAuthorization: false,
	deepLinking: true,
	displayRequestDuration: true,
	tryItOutEnabled: true,
	defaultModelsExpandDepth: 0,
});

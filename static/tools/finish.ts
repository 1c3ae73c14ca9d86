// The last step of a build: Swagger UI's few files, the page's second address, no stale assets, budgets, and .gz files.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

type OutputBundle = Rolldown.OutputBundle;

const SWAGGER = ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "LICENSE", "NOTICE"];
const PAGE_TWICE = "ui/index.html";
const PACKED = /\.(css|html|js|svg|txt)$/;
const BUDGET = { ".js": 30 * 1024, ".css": 12 * 1024 };

export function finish(): Plugin {
	let root = "";
	let extra = "";
	return {
		name: "finish",
		apply: "build",
		configResolved(config) {
			root = resolve(config.root, config.build.outDir);
			extra = config.publicDir;
		},
		writeBundle(_options, bundle) {
			const built = Object.keys(bundle);
			const swagger = copySwagger(root);
			mkdirSync(join(root, dirname(PAGE_TWICE)), { recursive: true });
			copyFileSync(join(root, "index.html"), join(root, PAGE_TWICE));
			dropStale(root, new Set(built));
			pack(root, [...built, ...swagger, ...readdirSync(extra), PAGE_TWICE]);
			keepBudget(root, bundle);
		},
	};
}

function copySwagger(root: string): string[] {
	const from = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
	return SWAGGER.map((name) => {
		const to = join("docs", name);
		copyFileSync(join(from, name), join(root, to));
		return to;
	});
}

/* Assets carry a hash in their name, so those of earlier builds would stay for ever. */
function dropStale(root: string, fresh: Set<string>): void {
	for (const name of readdirSync(join(root, "assets")))
		if (!fresh.has(`assets/${name}`))
			rmSync(join(root, "assets", name));
}

/* Only what this build wrote: a .gz beside somebody else's file would outlive it. */
function pack(root: string, names: string[]): void {
	for (const name of names.filter((name) => PACKED.test(name))) {
		const path = join(root, name);
		writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
	}
}

/* The first route is index.html's script with all it imports, and its styles. */
function keepBudget(root: string, bundle: OutputBundle): void {
	const names = firstRoute(bundle);
	for (const [ending, most] of Object.entries(BUDGET)) {
		const sizes = names.filter((name) => name.endsWith(ending)).map((name) => statSync(join(root, `${name}.gz`)).size);
		const sum = sizes.reduce((a, b) => a + b, 0);
		console.log(`first route${ending}: ${sum} of ${most} bytes gzipped`);
		if (sum === 0 || sum > most)
			throw new Error(`first route${ending} is missing or over its budget`);
	}
}

function firstRoute(bundle: OutputBundle): string[] {
	const names = new Set<string>();
	const visit = (name: string): void => {
		const chunk = bundle[name];
		if (chunk?.type !== "chunk" || names.has(name))
			return;
		names.add(name);
		chunk.viteMetadata?.importedCss.forEach((css) => names.add(css));
		chunk.imports.forEach(visit);
	};
	for (const chunk of Object.values(bundle))
		if (chunk.type === "chunk" && chunk.isEntry && !chunk.facadeModuleId?.endsWith("docs/index.html"))
			visit(chunk.fileName);
	return [...names];
}

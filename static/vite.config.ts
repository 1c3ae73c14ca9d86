// Builds the web root, build/static: the page at / and /ui/, the API reference at /docs/, everything gzipped beside itself.
import { fileURLToPath } from "node:url";
import tailwind from "@tailwindcss/vite";
import { defineConfig } from "vite";
import { finish } from "./tools/finish.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
	root: here("."),
	plugins: [tailwind(), finish()],
	build: {
		outDir: "../build/static",
		emptyOutDir: false,
		target: ["chrome123", "firefox121", "safari17.5"],
		modulePreload: false,
		assetsInlineLimit: 0,
		reportCompressedSize: false,
		rolldownOptions: { input: ["index.html", "docs/index.html"].map((page) => here(page)) },
	},
});

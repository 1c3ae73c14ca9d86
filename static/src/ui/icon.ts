// Line icons, 24 by 24, drawn with the colour of the text around them. They never stand alone: a word is always near.

const PATHS = {
	check: ["M20 6 9 17l-5-5"],
	cross: ["M18 6 6 18", "M6 6l12 12"],
	alert: ["M12 3 2 20h20L12 3z", "M12 10v4", "M12 17h.01"],
	info: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M12 11v5", "M12 8h.01"],
	book: ["M12 6c-2-1.6-5-2-9-2v14c4 0 7 .4 9 2 2-1.6 5-2 9-2V4c-4 0-7 .4-9 2z", "M12 6v14"],
	braces: ["M8 4H7a2 2 0 0 0-2 2v4c0 1.2-.8 2-2 2 1.2 0 2 .8 2 2v4a2 2 0 0 0 2 2h1",
		"M16 4h1a2 2 0 0 1 2 2v4c0 1.2.8 2 2 2-1.2 0-2 .8-2 2v4a2 2 0 0 1-2 2h-1"],
	chart: ["M4 4v16h16", "M8 15l3.5-4 3 2.5L20 7"],
	pulse: ["M3 12h4l3-8 4 16 3-8h4"],
	copy: ["M9 9h11v11H9z", "M5 15H4V4h11v1"],
	trash: ["M4 7h16", "M9 7V4h6v3", "M6 7l1 13h10l1-13", "M10 11v5", "M14 11v5"],
	plus: ["M12 5v14", "M5 12h14"],
	flag: ["M5 21V4", "M5 4h13l-3 4.5L18 13H5"],
	out: ["M9 4H5v16h4", "M14 8l4 4-4 4", "M18 12H9"],
	sun: ["M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z", "M12 2v2", "M12 20v2", "M2 12h2", "M20 12h2", "M5 5l1.4 1.4",
		"M17.6 17.6 19 19", "M5 19l1.4-1.4", "M17.6 6.4 19 5"],
	moon: ["M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"],
	screen: ["M3 4h18v12H3z", "M9 20h6", "M12 16v4"],
	lock: ["M5 11h14v9H5z", "M8 11V7a4 4 0 0 1 8 0v4"],
	prompt: ["M4 6l6 6-6 6", "M13 18h7"],
	down: ["M6 9l6 6 6-6"],
	globe: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M3 12h18", "M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9",
		"M12 3c-3 3-3.5 6-3.5 9s.5 6 3.5 9"],
} satisfies Record<string, string[]>;

export type IconName = keyof typeof PATHS;

const SVG = "http://www.w3.org/2000/svg";

export function icon(name: IconName, size = "size-4"): SVGSVGElement {
	const svg = document.createElementNS(SVG, "svg");
	svg.setAttribute("viewBox", "0 0 24 24");
	svg.setAttribute("class", `${size} shrink-0 fill-none stroke-current stroke-2`);
	svg.setAttribute("aria-hidden", "true");
	for (const d of PATHS[name]) {
		const path = document.createElementNS(SVG, "path");
		path.setAttribute("d", d);
		path.setAttribute("stroke-linecap", "round");
		path.setAttribute("stroke-linejoin", "round");
		svg.append(path);
	}
	return svg;
}

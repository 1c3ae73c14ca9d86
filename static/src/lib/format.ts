// Times as people read them, in the page's language.
import type { Live } from "./dom.ts";
import { lang } from "./i18n.ts";

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

export function clock(at: Date): Live {
	return () => at.toLocaleTimeString(lang.get());
}

export function fullTime(iso: string): Live {
	return () => new Date(iso).toLocaleString(lang.get(), { dateStyle: "medium", timeStyle: "medium" });
}

export function ago(iso: string): Live {
	return () => {
		const seconds = Math.round((Date.parse(iso) - Date.now()) / 1000);
		const words = new Intl.RelativeTimeFormat(lang.get(), { numeric: "auto" });
		for (const [unit, size] of STEPS)
			if (Math.abs(seconds) >= size)
				return words.format(Math.trunc(seconds / size), unit);
		return words.format(0, "second");
	};
}

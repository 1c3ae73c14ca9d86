// Strings that have broken logs, parsers and terminals elsewhere; with their neighbours they make two hundred.
const seeds = [
	'\n{"level":"error","message":"forged"}', '\r\nSet-Cookie: a=b', '\u0000', 'a\u0000b', '\u001b[2J\u001b[31mred', '\u0007\b\f\v', '\u007f', '\u0080\u009b31m', '"', '\\', '\\"', "'", '`', '\\u0000', '\\n',
	'"}\n{"a":"', '%s%s%s%n', '%d%x%p', '${jndi:ldap://localhost/a}', '$(id)', '`id`', '; drop table quest; --', "' or 1=1 --", '<script>alert(1)</script>', '&lt;', '../../etc/passwd', '..\\..\\x',
	'\u2028\u2029', '\u202eevil\u202c', '\u200b\u200d\ufeff', '\ufffe\uffff', '\ud83d\ude00\ud83c\udff4', 'e\u0301\u0327\u0323', '\u0627\u0644\u0639', '\u7530\u4e2d', 'ﷺ'.repeat(30), 'x'.repeat(3000), ' ', '\t', '.', '..', '/', '//', '?', '#', '%',
	'%00', '%0a', '%2e%2e%2f', '%ff', '%c0%af', 'null', 'undefined', 'NaN', 'true', '0', '-1', '1e309', '{}', '[]', '{{7*7}}', 'COM1', 'nul', ':', '=', ',', ';', '*', '~', '\u00ff\u00fe', '\u00a0', '😀'.repeat(60),
];

export const naughty = [...seeds, ...seeds.map((s) => `a${s}z`), ...seeds.map((s) => `${s}${s}`)].slice(0, 200);

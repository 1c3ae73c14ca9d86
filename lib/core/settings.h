#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/mem.h"

/* One field per row of settings.def, by its name. */
struct settings {
#define SETTING_TEXT struct str
#define SETTING_NUMBER int64_t
#define SETTING_FLAG bool
#define SETTING(name, kind, fallback, least, most, meaning) SETTING_##kind name;
#include "lib/core/settings.def"
#undef SETTING
};

struct setting_info {
	const char *name, *kind, *fallback, *meaning;
	int64_t least, most;
	size_t offset;
};

extern const struct setting_info setting_infos[];
extern const size_t n_setting_infos;

/* From the environment. false: *why names the setting and says what is wrong with it. */
bool settings_read(struct settings *s, struct mem *m, struct str *why);

enum signup { SIGNUP_OPEN, SIGNUP_INVITE, SIGNUP_CLOSED };
enum signup settings_signup(const struct settings *s);

#endif

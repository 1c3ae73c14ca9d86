#ifndef CORE_PASSWORD_H
#define CORE_PASSWORD_H
#include "lib/base/str.h"

/* Why a new password (12 bytes and more by its field) is too easy to guess: a constant sentence, or NULL when it is not. Known ones of that
 * length are few; most bad ones are short ones said twice, a run over the keyboard, or the person's own address. */
const char *password_weakness(struct str password, struct str email);

#endif

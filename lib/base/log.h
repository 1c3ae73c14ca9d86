#ifndef BASE_LOG_H
#define BASE_LOG_H
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

/* One JSON object a line on stderr: {"time","level","program","message",...}. Fields are capped at 2 KiB, control bytes and
 * invalid UTF-8 escaped, so a line can neither be forged nor grow. Lines gather in the process and leave with log_flush
 * (an event loop calls it every few milliseconds) or when 4 KiB are full: whole lines, each write at most PIPE_BUF bytes. When the
 * reader is stuck, lines are dropped and counted, never waited for. Not for secrets: those never reach a log call. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
	const char *key;
	enum { LOG_TEXT, LOG_NUMBER } kind;
	struct str text;
	int64_t number;
};

#define LOG_STR(key, s) { (key), LOG_TEXT, (s), 0 }
#define LOG_Z(key, z) { (key), LOG_TEXT, str_from(z), 0 }
#define LOG_INT(key, n) { (key), LOG_NUMBER, STR_NONE, (n) }

/* log_say(LOG_INFO, "request", LOG_STR("op", op), LOG_INT("status", 200)) */
#define log_say(level, message, ...) \
	log_write((level), (message), (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ) { 0 } })

void log_open(const char *program, enum log_level least); /* before the first line; makes stderr non-blocking when it is a pipe */
void log_write(enum log_level level, const char *message, const struct log_field *fields);
void log_flush(void);
void log_flush_older(int64_t us); /* when the oldest line has waited that long */
bool log_waits(void);             /* some line does */
int64_t log_dropped(void); /* lines lost since the start */

#endif

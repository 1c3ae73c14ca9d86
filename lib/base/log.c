/* The log: JSON lines to stderr, gathered and written whole. */
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"

#define FIELD_MAX 2048

static struct {
	const char *program;
	enum log_level least;
	struct buf line, out;
	int64_t dropped, since_us; /* since_us: when the oldest line that waits was written */
} state = { .program = "?", .least = LOG_INFO, .line = { .max = 65536 }, .out = { .max = 131072 } };

static void add_key(struct buf *b, const char *key);
static void add_field(struct buf *b, const char *key, struct str v);
static void write_lines(void);

void log_open(const char *program, enum log_level least)
{
	struct stat st;

	state.program = program;
	state.least = least;
	if (fstat(STDERR_FILENO, &st) == 0 && S_ISFIFO(st.st_mode))
		fcntl(STDERR_FILENO, F_SETFL, fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
}

void log_write(enum log_level level, const char *message, const struct log_field *f)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	struct buf *b = &state.line;
	char now[CLOCK_TEXT];

	if (level < state.least)
		return;
	clock_format(clock_wall_us(), now);
	buf_clear(b);
	buf_lit(b, "{\"time\":\"");
	buf_add(b, (struct str){ now, CLOCK_TEXT });
	buf_lit(b, "\"");
	add_field(b, "level", str_from(names[level]));
	add_field(b, "program", str_from(state.program));
	add_field(b, "message", str_from(message));
	for (; f->key; f++) {
		if (f->kind == LOG_TEXT) {
			if (f->text.p)
				add_field(b, f->key, f->text);
			continue;
		}
		add_key(b, f->key);
		buf_int(b, f->number);
	}
	buf_lit(b, "}\n");
	if (state.out.n + b->n > PIPE_BUF)
		log_flush();
	if (b->full || b->n > state.out.max - state.out.n)
		state.dropped++;
	else {
		if (!state.out.n)
			state.since_us = clock_mono_us();
		buf_add(&state.out, buf_str(b));
	}
	if (level >= LOG_ERROR)
		log_flush();
}

void log_flush_older(int64_t us)
{
	if (state.out.n && clock_mono_us() - state.since_us >= us)
		write_lines();
}

bool log_waits(void)
{
	return state.out.n > 0;
}

void log_flush(void)
{
	if (state.out.n)
		write_lines();
}

int64_t log_dropped(void)
{
	return state.dropped;
}

static void add_key(struct buf *b, const char *key)
{
	buf_lit(b, ",\"");
	buf_add(b, str_from(key));
	buf_lit(b, "\":");
}

static void add_field(struct buf *b, const char *key, struct str v)
{
	add_key(b, key);
	buf_json(b, str_head(v, v.n < FIELD_MAX ? v.n : FIELD_MAX));
}

/* One write of at most PIPE_BUF bytes is atomic on a pipe, so lines of several workers never mix. */
static void write_lines(void)
{
	struct str rest = buf_str(&state.out);

	while (rest.n) {
		size_t n = rest.n < PIPE_BUF ? rest.n : PIPE_BUF;
		ssize_t k;

		while (n && n < rest.n && rest.p[n - 1] != '\n')
			n--;
		if (!n)
			n = rest.n;
		k = write(STDERR_FILENO, rest.p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0) {
			for (size_t i = 0; i < n; i++)
				state.dropped += rest.p[i] == '\n';
			k = (ssize_t)n;
		}
		rest = str_skip(rest, (size_t)k);
	}
	buf_clear(&state.out);
}

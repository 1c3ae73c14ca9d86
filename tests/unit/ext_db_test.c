/* Links to a scripted database: answers in order, faults mapped, lost links mended, and no waiting for what is not there. */
#include "tests/unit/peer.h"

#include "lib/base/clock.h"
#include "lib/base/fiber.h"
#include "lib/base/log.h"
#include "lib/ext/db.h"

static const struct stmt enter = { "enter", "x", 1, false, false, 1 }, good = { "good", "x", 0, false, false, 1 }, none = { "none", "x", 0, false, false, 1 },
	writes = { "good", "x", 0, true, false, 2 }, dies_ = { "dies", "x", 0, false, false, 1 }, refuses = { "refuses", "x", 1, false, false, 1 },
	ends = { "good", "x", 0, false, true, 2 }, held = { "held", "x", 0, false, false, 1 }, hint = { "hint", "x", 0, false, false, 1 };
static const struct stmt *const stmts[] = { &enter, &good, &none, &dies_, &refuses, &held, &hint };
static int held_until[2]; /* a pipe: the peer waits for a byte of it */
static const struct script scripts[] = {
	{ "enter", .rows = 1, .columns = 1, .column = { { "ok", T_BOOL_OID, { "\1", 1 } } } },
	{ "refuses", .rows = 1, .columns = 1, .column = { { "ok", T_BOOL_OID, { NULL, 0 } } } },
	{ "good", .rows = 2, .columns = 1, .column = { { "n", T_INT4_OID, { "\0\0\0\7", 4 } } } },
	{ "held", .rows = 1, .columns = 1, .column = { { "n", T_INT4_OID, { "\0\0\0\1", 4 } } }, .until = held_until },
	{ "none", .columns = 1, .column = { { "n", T_INT4_OID, { NULL, 0 } } } },
	{ "dies", .error = "dies" }, { "hint", .notifies = true, .columns = 1, .column = { { "n", T_INT4_OID, { NULL, 0 } } } },
	{ "e23505", .error = "23505" }, { "e23503", .error = "23503" }, { "e42501", .error = "42501" }, { "e22P02", .error = "22P02" }, { "e40001", .error = "40001" },
	{ "e57014", .error = "57014" }, { "eLA409", .error = "LA409" }, { "eLA404", .error = "LA404" }, { "eXX000", .error = "XX000" }, { "e53300", .error = "53300" }, { "e22021", .error = "22021" }, { "stale", .error = "0A000" },
	{ NULL },
};

static struct peer peer;
static struct loop *l;
static struct pool *p;
static struct mem *m;
static _Atomic int64_t endings;

static void connect_to(const char *folder, int readers)
{
	static char conninfo[128];
	static struct pool_options o = { .stmts = stmts, .n_stmts = COUNT(stmts), .program = 1, .writers = 1, .listens = true, .endings = &endings };

	snprintf(conninfo, sizeof conninfo, "host=%s port=5432 user=x dbname=x", folder);
	o.conninfo = conninfo;
	o.readers = readers;
	log_open("test", LOG_ERROR + 1);
	m = mem_new(1 << 20);
	l = loop_new();
	p = pool_open(l, &o);
}

static int up_with(int readers)
{
	peer_start(&peer, scripts);
	connect_to(peer.folder, readers);
	for (int i = 0; i < 500 && pool_state(p).ready < readers + 1; i++)
		loop_turn(l, 10000);
	return pool_state(p).ready == readers + 1 ? 0 : 1;
}

static int up(void **state) { (void)state; return up_with(1); }
static int up_with_two_readers(void **state) { (void)state; return pipe(held_until) == 0 ? up_with(2) : 1; }

static int down(void **state)
{
	(void)state;
	pool_close(p);
	loop_free(l);
	mem_free(m);
	peer_stop(&peer);
	return 0;
}

static struct rows *run(const struct stmt *s, const struct stmt *as)
{
	struct db db = { .pool = p, .mem = m, .enter = as, .as = { arg_text(STR("x")) } };

	return db_run(&db, s, NULL);
}

static void statements_are_answered(void **state)
{
	struct rows *r = run(&good, NULL);

	(void)state;
	assert_int_equal(rows_err(r), E_OK);
	assert_int_equal(rows_count(r), 2);
	assert_int_equal(rows_int(r, 1, 0), 7);
	r = run(&none, &enter);
	assert_int_equal(rows_err(r), E_OK);
	assert_int_equal(rows_count(r), 0);
	assert_int_equal(rows_err(run(&writes, &enter)), E_OK);
	assert_int_equal(pool_state(p).syncs, 3);
	assert_int_equal(pool_state(p).in_flight, 0);
}

/* The actor's own answer decides first: null means that the statement ran for nobody. */
static void an_actor_who_is_refused_gets_no_rows(void **state)
{
	struct rows *r = run(&good, &refuses);

	(void)state;
	assert_int_equal(rows_err(r), E_BAD_TOKEN);
	assert_int_equal(rows_count(r), 0);
	assert_int_equal(rows_err(run(&good, &enter)), E_OK); /* and the link is in step */
}

static void sqlstates_are_mapped_and_the_link_stays(void **state)
{
	static const struct { const char *name; enum err err; } known[] = {
		{ "e23505", E_CONFLICT }, { "e23503", E_NOT_FOUND }, { "e42501", E_FORBIDDEN }, { "e22P02", E_BAD_REQUEST }, { "e22021", E_BAD_REQUEST }, { "e40001", E_BUSY },
		{ "e57014", E_TIMEOUT }, { "eLA409", E_CONFLICT }, { "eLA404", E_NOT_FOUND }, { "eXX000", E_INTERNAL }, { "e53300", E_DB_AWAY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		struct stmt s = { known[i].name, "x", 0, false, false, 1 };

		assert_int_equal(rows_err(run(&s, NULL)), known[i].err);
		assert_int_equal(rows_err(run(&s, &enter)), known[i].err);
		assert_int_equal(rows_err(run(&good, &enter)), E_OK);
	}
	assert_int_equal(pool_state(p).opened, 2);
}

/* After a migration a statement may answer other columns than when it was prepared: the link is opened again, once. */
static void a_stale_plan_is_prepared_anew(void **state)
{
	static const struct stmt stale = { "stale", "x", 0, false, false, 1 };
	int64_t opened = pool_state(p).opened;

	(void)state;
	assert_int_equal(rows_err(run(&stale, &enter)), E_DB_AWAY);
	assert_int_equal(rows_err(run(&good, &enter)), E_OK);
	for (int i = 0; i < 500 && pool_state(p).ready < 2; i++)
		loop_turn(l, 10000);
	assert_int_equal(pool_state(p).opened, opened + 1);
}

/* Counted before the caller goes on, also when nobody can say whether it was done. */
static void what_may_end_a_credential_is_counted(void **state)
{
	static const struct stmt ends_badly = { "dies", "x", 0, false, true, 1 };
	int64_t before = endings;

	(void)state;
	assert_int_equal(rows_err(run(&good, &enter)), E_OK);
	assert_int_equal(endings, before);
	assert_int_equal(rows_err(run(&ends, &enter)), E_OK);
	assert_int_equal(endings, before + 1);
	assert_int_equal(rows_err(run(&ends_badly, &enter)), E_DB_AWAY);
	assert_int_equal(endings, before + 2);
}

struct job { const struct stmt *stmt; enum err err; size_t rows; int done; };

static void work(void *arg)
{
	struct job *j = arg;
	struct mem *mine = mem_new(1 << 16);
	struct db db = { .pool = p, .mem = mine, .enter = &enter, .as = { arg_text(STR("x")) } };
	struct rows *r = db_run(&db, j->stmt, NULL);

	j->err = rows_err(r);
	j->rows = rows_count(r);
	j->done++;
	mem_free(mine);
}

static void turn_until_done(struct job *jobs, size_t n)
{
	size_t done = 0;

	for (int i = 0; i < 1000 && done < n; i++) {
		loop_turn(l, 10000);
		done = 0;
		for (size_t k = 0; k < n; k++)
			done += (size_t)jobs[k].done;
	}
	assert_int_equal(done, n);
}

/* Many fibers on two links: each gets its own answer, faults in between change nothing for the neighbours. */
static void many_in_flight_get_their_own_answers(void **state)
{
	static const struct stmt conflict = { "e23505", "x", 0, false, false, 1 };
	struct job jobs[200] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(jobs); i++) {
		jobs[i].stmt = i % 3 == 0 ? &good : i % 3 == 1 ? &none : &conflict;
		assert_true(fiber_start(work, &jobs[i]));
	}
	turn_until_done(jobs, COUNT(jobs));
	for (size_t i = 0; i < COUNT(jobs); i++) {
		assert_int_equal(jobs[i].err, i % 3 == 2 ? E_CONFLICT : E_OK);
		assert_int_equal(jobs[i].rows, i % 3 == 0 ? 2 : 0);
	}
	assert_int_equal(pool_state(p).opened, 2);
	assert_int_equal(fiber_count(), 0);
}

/* Reads share a link until a statement holds it up; then they go by it. */
static void a_slow_read_does_not_hold_up_the_others(void **state)
{
	struct job slow = { .stmt = &held }, behind = { .stmt = &good }, beside = { .stmt = &good };
	int64_t began = clock_mono_us();

	(void)state;
	assert_true(fiber_start(work, &slow));
	assert_true(fiber_start(work, &behind));
	while (clock_mono_us() - began < 5000)
		loop_turn(l, 1000);
	assert_int_equal(slow.done + behind.done, 0);
	assert_true(fiber_start(work, &beside));
	turn_until_done(&beside, 1);
	assert_int_equal(slow.done + behind.done, 0);
	assert_int_equal(write(held_until[1], "x", 1), 1);
	turn_until_done(&slow, 1);
	turn_until_done(&behind, 1);
}

/* All that was on its way fails, nobody waits for ever, and the link comes back by itself. */
static void a_cut_link_fails_what_was_on_it_and_comes_back(void **state)
{
	struct job jobs[50] = { 0 };
	size_t away = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(jobs); i++) {
		jobs[i].stmt = i == 10 ? &dies_ : &good;
		assert_true(fiber_start(work, &jobs[i]));
	}
	turn_until_done(jobs, COUNT(jobs));
	assert_int_equal(jobs[10].err, E_DB_AWAY);
	for (size_t i = 0; i < COUNT(jobs); i++) {
		assert_true(jobs[i].err == E_OK || jobs[i].err == E_DB_AWAY);
		away += jobs[i].err == E_DB_AWAY;
	}
	assert_true(away >= 1);
	for (int i = 0; i < 500 && pool_state(p).ready < 2; i++)
		loop_turn(l, 10000);
	assert_true(pool_state(p).opened >= 3);
	assert_int_equal(rows_err(run(&good, &enter)), E_OK);
	assert_int_equal(rows_err(run(&dies_, NULL)), E_DB_AWAY); /* without a fiber too */
	assert_int_equal(rows_err(run(&good, &enter)), E_OK);
}

static void a_database_that_is_away_is_told_within_a_second_or_at_once(void **state)
{
	struct job job = { .stmt = &good };
	int64_t began;

	(void)state;
	connect_to("/nonexistent", 1);
	began = clock_mono_us();
	assert_int_equal(rows_err(run(&good, &enter)), E_DB_AWAY);
	assert_in_range(clock_mono_us() - began, 500000, 4000000);
	assert_true(pool_fault(p)[0] != '\0');
	began = clock_mono_us();
	assert_true(fiber_start(work, &job));
	assert_int_equal(job.err, E_DB_AWAY); /* a fiber does not wait: others could be served meanwhile */
	pool_close(p);
	loop_free(l);
	mem_free(m);
}

static void a_notification_is_heard_once(void **state)
{
	(void)state;
	assert_int_equal(rows_err(run(&good, NULL)), E_OK);
	assert_false(pool_heard(p));
	assert_int_equal(rows_err(run(&hint, NULL)), E_OK);
	assert_true(pool_heard(p));
	assert_false(pool_heard(p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(statements_are_answered, up, down),
		cmocka_unit_test_setup_teardown(a_notification_is_heard_once, up, down),
		cmocka_unit_test_setup_teardown(an_actor_who_is_refused_gets_no_rows, up, down),
		cmocka_unit_test_setup_teardown(sqlstates_are_mapped_and_the_link_stays, up, down),
		cmocka_unit_test_setup_teardown(many_in_flight_get_their_own_answers, up, down),
		cmocka_unit_test_setup_teardown(a_stale_plan_is_prepared_anew, up, down),
		cmocka_unit_test_setup_teardown(what_may_end_a_credential_is_counted, up, down),
		cmocka_unit_test_setup_teardown(a_slow_read_does_not_hold_up_the_others, up_with_two_readers, down),
		cmocka_unit_test_setup_teardown(a_cut_link_fails_what_was_on_it_and_comes_back, up, down),
		cmocka_unit_test(a_database_that_is_away_is_told_within_a_second_or_at_once),
	};

	return cmocka_run_group_tests_name("ext/db", tests, NULL, NULL);
}

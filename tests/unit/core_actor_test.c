/* Roles and scopes: a key narrows, nothing widens. */
#include "tests/unit/test.h"

#include "lib/core/actor.h"

#define BIT(scope) (1ull << SCOPE_##scope)

static struct mem *m;

static int up(void **state) { (void)state; m = mem_new(1 << 16); return 0; }
static int down(void **state) { (void)state; mem_free(m); return 0; }

static void roles_are_found_by_name(void **state)
{
	enum role r;

	(void)state;
	for (int i = BEGINNER; i < ROLE__MAX; i++) {
		assert_true(role_find(str_from(role_name((enum role)i)), &r));
		assert_int_equal(r, i);
	}
	assert_false(role_find(STR("anyone"), &r));
	assert_false(role_find(STR("Admin"), &r));
	assert_false(role_find(STR("admin "), &r));
	assert_false(role_find(STR(""), &r));
	assert_false(role_find(STR_NONE, &r));
}

static void a_higher_role_has_what_a_lower_one_has(void **state)
{
	(void)state;
	for (int r = ANYONE; r < ROLE__MAX - 1; r++)
		assert_int_equal(role_scopes((enum role)r) & ~role_scopes((enum role)(r + 1)), 0);
	assert_int_equal(role_scopes(ANYONE), BIT(none));
	assert_int_equal(role_scopes(BEGINNER), BIT(none) | BIT(quest_read) | BIT(quest_write) | BIT(account_read) | BIT(account_write) | BIT(account_secure) | BIT(audit_read) |
	                                            BIT(namespace_read) | BIT(namespace_write) | BIT(agent_read) | BIT(agent_kill));
	assert_true(role_scopes(ADMIN) & BIT(system_admin));
	assert_false(role_scopes(PRO) & BIT(system_admin));
}

/* Whatever comes later is not for agents until it is named for them. */
static void an_agent_is_given_no_account_and_nothing_to_govern(void **state)
{
	(void)state;
	assert_int_equal(agent_scopes(PRO), BIT(none) | BIT(quest_read) | BIT(quest_write) | BIT(account_read) | BIT(audit_read) | BIT(namespace_read));
	assert_int_equal(agent_scopes(ADMIN), agent_scopes(PRO));
	assert_int_equal(agent_scopes(ANYONE), BIT(none));
}

static void a_key_is_narrowed_and_never_widened(void **state)
{
	uint64_t beginner = role_scopes(BEGINNER);

	(void)state;
	assert_int_equal(scopes_parse(STR(""), beginner), beginner);
	assert_int_equal(scopes_parse(STR("quest:read"), beginner), BIT(none) | BIT(quest_read));
	assert_int_equal(scopes_parse(STR("quest:read system:admin"), beginner), BIT(none) | BIT(quest_read));
	assert_int_equal(scopes_parse(STR("no:such QUEST:READ quest:rea quest:readx"), beginner), BIT(none));
	assert_int_equal(scopes_parse(STR("  quest:write  "), beginner), BIT(none) | BIT(quest_write));
	assert_int_equal(scopes_parse(STR(" "), beginner), BIT(none));
	assert_int_equal(scopes_parse(STR("quest:read"), 0), 0);
}

static void scopes_are_written_and_read_again(void **state)
{
	(void)state;
	assert_str(scopes_format(m, BIT(quest_read) | BIT(quest_write)), "quest:read quest:write");
	assert_str(scopes_format(m, BIT(none)), "");
	for (int r = BEGINNER; r < ROLE__MAX; r++)
		assert_int_equal(scopes_parse(scopes_format(m, role_scopes((enum role)r)), role_scopes(ADMIN)), role_scopes((enum role)r));
}

static void the_kill_switch_knows_what_writes(void **state)
{
	(void)state;
	assert_true(scope_writes(SCOPE_quest_write));
	assert_false(scope_writes(SCOPE_quest_read));
	assert_false(scope_writes(SCOPE_none));
	assert_false(scope_writes(SCOPE_system_admin)); /* or the switch could not be turned off again */
}

static void beyond(void) { role_name(ROLE__MAX); }

static void no_role_lies_beyond_the_table(void **state)
{
	(void)state;
	assert_true(dies(beyond));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_are_found_by_name),
		cmocka_unit_test(a_higher_role_has_what_a_lower_one_has),
		cmocka_unit_test(an_agent_is_given_no_account_and_nothing_to_govern),
		cmocka_unit_test(a_key_is_narrowed_and_never_widened),
		cmocka_unit_test(scopes_are_written_and_read_again),
		cmocka_unit_test(the_kill_switch_knows_what_writes),
		cmocka_unit_test(no_role_lies_beyond_the_table),
	};

	return cmocka_run_group_tests_name("core/actor", tests, up, down);
}

-- Second factors: who reaches them, what a code is worth and how often, how many wrong ones there may be, and what asks for one again.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();
create temp table h as select array_agg(encode(sha256(('code ' || n)::bytea), 'hex') order by n) as hashes from generate_series(1, 10) n;
grant select on h to public;
create function pg_temp.hash(n integer) returns text language sql stable as $$ select hashes[n] from h $$;
create function pg_temp.enter(p_name text) returns uuid language sql as $$ select enter_session(w.session, w.id, w.role) from tap.who w where w.name = p_name $$;
create function pg_temp.verdict(p_name text, p_step bigint, p_recovery text) returns text language sql as
$$ select verdict || case when session_id is null then '' else ' session' end from session_begin(tap.id(p_name), 'test', p_step, p_recovery) $$;
create function pg_temp.proved(p_name text, p_asks integer) returns text language plpgsql as
$$
begin
	perform tap.nobody();
	perform enter_session_proved(w.session, w.id, w.role, p_asks) from tap.who w where w.name = p_name;
	return coalesce(nullif(current_setting('app.actor'), ''), 'nobody');
exception when sqlstate 'LA403' then return 'again'; when sqlstate 'LA412' then return 'none';
end
$$;
create function pg_temp.by_key(p_name text, p_asks integer) returns text language plpgsql as
$$
begin
	perform tap.nobody();
	perform enter_key_proved(encode(sha256(p_name::bytea), 'hex'), (select role from tap.who where name = p_name), 'quest:read', p_asks);
	return coalesce(nullif(current_setting('app.actor'), ''), 'nobody');
exception when sqlstate 'LA403' then return 'again'; when sqlstate 'LA412' then return 'none';
end
$$;
grant execute on all functions in schema pg_temp to public;

-- Nobody reads or writes the tables.
set local session authorization app_user;
select tap.become('ada');
select throws_ok('select secret from second_factor', '42501', null, 'app_user reads no secret');
select throws_ok('select hash from recovery_code', '42501', null, 'and no recovery code');
select throws_ok('delete from second_factor', '42501', null, 'and removes none');
select throws_ok($$update session set proved_at = now()$$, '42501', null, 'nor says that it was shown');
select throws_ok($$select session_prove(null, 1, null)$$, '42501', null, 'nor calls what could');
select throws_ok($$select factor_find(tap.id('bob'))$$, '42501', null, 'nor what finds a secret');
set local session authorization app_auth;
select throws_ok('select secret from second_factor', '42501', null, 'app_auth reads no table either');
select throws_ok($$select session_open(tap.id('ada'), 'test')$$, '42501', null, 'and opens no session without the question');
select throws_ok($$select factor_spend(null, 1, null)$$, '42501', null, 'and spends no code by itself');
select throws_ok($$select recovery_put('{}')$$, '42501', null, 'and plants no recovery code');

-- Beginning and confirming.
select is(pg_temp.verdict('ada', null, null), 'none session', 'who has none signs in by password alone');
select is(pg_temp.verdict('ada', 5, 'x'), 'none session', 'whatever else he shows');
select is(factor_confirm(5, (select hashes from h)), 'none', 'what was not begun is not confirmed');
select is((select count(*) from factor_begin(repeat('s', 50))), 1::bigint, 'a factor is begun');
select is((select count(*) from factor_begin(repeat('t', 50))), 1::bigint, 'and begun again');
select is(pg_temp.verdict('ada', null, null), 'none session', 'until it is confirmed it counts for nothing');
select is((select (enabled, recovery_codes)::text from factor_state(null)), '(f,0)', 'and is not called one');
select is((select verdict from session_prove((select session from tap.who where name = 'ada'), 5, null)), 'none', 'nor proves anything');
select is(factor_confirm(0, (select hashes from h)), 'wrong', 'a wrong code confirms nothing');
select is(factor_confirm(100, (select hashes from h)), 'good', 'a right one does');
select is((select secret from factor_find(tap.id('ada'))), repeat('t', 50), 'the newest secret counts');
select is((select (enabled, recovery_codes)::text from factor_state(null)), '(t,10)', 'with ten recovery codes');
select is((select count(*) from factor_begin(repeat('u', 50))), 0::bigint, 'one that counts is not begun anew');
select is(factor_confirm(101, (select hashes from h)), 'none', 'nor confirmed twice');

-- Signing in.
select is(pg_temp.verdict('ada', null, null), 'needed', 'now a code is asked for');
select is(pg_temp.verdict('ada', 100, null), 'wrong', 'a step is good once');
select is(pg_temp.verdict('ada', 99, null), 'wrong', 'and no earlier one after it');
select is(pg_temp.verdict('ada', 101, null), 'good session', 'a later one is good');
select is(pg_temp.verdict('ada', 101, null), 'wrong', 'once');
select is(pg_temp.verdict('ada', null, pg_temp.hash(1)), 'good session', 'a recovery code is good');
select is(pg_temp.verdict('ada', null, pg_temp.hash(1)), 'wrong', 'once');
select is(pg_temp.verdict('ada', null, repeat('0', 64)), 'wrong', 'one that is none is not');
select is(pg_temp.verdict('bob', null, pg_temp.hash(2)), 'none session', 'others are not asked');

-- Links.
reset session authorization;
update account set email = 'ada@example.org' where principal_id = tap.id('ada');
select login_link_new('ada@example.org', repeat('a', 64));
set local session authorization app_auth;
select is((select secret from factor_of_link(repeat('a', 64))), repeat('t', 50), 'a link leads to its factor');
select is((select verdict from link_redeem(repeat('a', 64), null, null)), 'needed', 'a link asks for a code too');
select is((select verdict from link_redeem(repeat('a', 64), 0, null)), 'wrong', 'and is not used up by a wrong one');
select is((select verdict from link_redeem(repeat('a', 64), 102, null)), 'good', 'nor before a right one');
select is((select count(*) from link_redeem(repeat('a', 64), 103, null)), 0::bigint, 'by which it is');
select is_empty($$select * from factor_of_link(repeat('a', 64))$$, 'and leads nowhere any more');

-- Ten wrong ones in a quarter of an hour, of which some were above.
reset session authorization;
update second_factor set wrong = 8, wrong_since = clock_timestamp() - interval '14 minutes';
set local session authorization app_auth;
select is(pg_temp.verdict('ada', 0, null), 'wrong', 'the ninth');
select is(pg_temp.verdict('ada', 0, null), 'wrong', 'the tenth');
select is(pg_temp.verdict('ada', 103, null), 'locked', 'then even a right one is not looked at');
select is(pg_temp.verdict('ada', null, pg_temp.hash(2)), 'locked', 'nor a recovery code');
reset session authorization;
update second_factor set wrong_since = clock_timestamp() - interval '16 minutes';
set local session authorization app_auth;
select is(pg_temp.verdict('ada', 103, null), 'good session', 'until the time is over');
select is(pg_temp.verdict('ada', 0, null), 'wrong', 'and the count begins anew');
reset session authorization;
select is((select wrong from second_factor where principal_id = tap.id('ada')), 1, 'at one');
select ok((select count(*) >= 8 from audit_event where event_type = 'factor.refused' and actor_id = tap.id('ada')), 'wrong codes leave a trace');
select is((select count(*) from audit_event where event_type = 'factor.recovery_used'), 1::bigint, 'used recovery codes too');

-- Showing it again.
set local session authorization app_auth;
select is((select verdict from session_prove((select session from tap.who where name = 'bob'), 104, null)), 'good', 'a code is spent');
reset session authorization;
select is((select proved_at from session where id = (select session from tap.who where name = 'bob')), null, 'but proves nobody else''s session');
set local session authorization app_auth;
select ok((select proved_until > now() + interval '9 minutes' from session_prove((select session from tap.who where name = 'ada'), 105, null)), 'one''s own for ten minutes');

-- Entering where it is asked for.
set local session authorization app_user;
select is(pg_temp.proved('ada', 1), tap.id('ada')::text, 'a session that was just proved enters');
select is(pg_temp.by_key('ada', 1), 'again', 'her key does not');
select is(pg_temp.proved('bob', 1), tap.id('bob')::text, 'who has no factor enters');
select is(pg_temp.by_key('bob', 1), tap.id('bob')::text, 'his key too');
select is(pg_temp.proved('root', 3), 'none', 'an admin without one where it is wanted does not');
select is(pg_temp.by_key('root', 2), 'none', 'nor his key');
select is(pg_temp.proved('bob', 2), tap.id('bob')::text, 'others are not meant');
reset session authorization;
update session set proved_at = now() - interval '10 minutes 1 second' where id = (select session from tap.who where name = 'ada');
update session set proved_at = now() where principal_id = tap.id('ada') and id <> (select session from tap.who where name = 'ada');
set local session authorization app_user;
select is(pg_temp.proved('ada', 1), 'again', 'after ten minutes it is asked for, whatever other sessions showed');
select is(pg_temp.proved('ada', 2), tap.id('ada')::text, 'but not where having one is enough');
reset session authorization;
update session set revoked_at = now() where id = (select session from tap.who where name = 'ada');
set local session authorization app_user;
select is(pg_temp.proved('ada', 1), 'nobody', 'a dead session is dead first');
reset session authorization;
update session set revoked_at = null where id = (select session from tap.who where name = 'ada');
set local session authorization app_auth;
select pg_temp.enter('ada');

-- New recovery codes, and none at all.
select is((select count(*) from recovery_renew(array[repeat('e', 64)])), 1::bigint, 'recovery codes are replaced');
select is(pg_temp.verdict('ada', null, pg_temp.hash(3)), 'wrong', 'the earlier ones are gone');
select is(factor_remove(null, null), 'needed', 'a factor is removed by showing it');
select is(factor_remove(0, null), 'wrong', 'and not otherwise');
select is(factor_remove(null, repeat('e', 64)), 'good', 'a recovery code will do');
select is(pg_temp.verdict('ada', null, null), 'none session', 'then it is not asked for');
select is((select count(*) from recovery_renew(array[repeat('e', 64)])), 0::bigint, 'and has no recovery codes');
reset session authorization;
select is_empty('select hash from recovery_code', 'which are gone with it');
select * from finish();
rollback;

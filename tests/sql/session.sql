-- The chain of refresh tokens, one-time links, and what an operator plants.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();
create temp table s as select session as id from tap.who where name = 'ada';
grant select on s to public;
create function pg_temp.refresh(p integer) returns integer language sql as $$ select generation from app.session_refresh((select id from s), p) $$;
grant execute on function pg_temp.refresh(integer) to public;

set local session authorization app_auth;
select is(pg_temp.refresh(0), 1, 'the current generation gives the next');
select is(pg_temp.refresh(1), 2, 'and so on');
select is(pg_temp.refresh(1), 2, 'the one just left answers with the same successor');
select is(pg_temp.refresh(1), 2, 'for ten seconds, as often as it is asked');
reset session authorization;
select is((select revoked_at from app.session where id = (select id from s)), null, 'the session lives');
update app.session set rotated_at = clock_timestamp() - interval '11 seconds' where id = (select id from s);
set local session authorization app_auth;
select is(pg_temp.refresh(1), null, 'after that it gives nothing');
reset session authorization;
select is((select revoked_for from app.session where id = (select id from s)), 'reuse', 'and ends the session');
set local session authorization app_auth;
select is(pg_temp.refresh(2), null, 'the current one is dead with it');
reset session authorization;

update app.session set revoked_at = null, revoked_for = null, generation = 5, rotated_at = clock_timestamp() where id = (select id from s);
set local session authorization app_auth;
select is(pg_temp.refresh(3), null, 'an older one gives nothing, however fresh the change');
reset session authorization;
select is((select revoked_for from app.session where id = (select id from s)), 'reuse', 'and ends the session');

update app.session set revoked_at = null, revoked_for = null, expires_at = clock_timestamp() where id = (select id from s);
set local session authorization app_auth;
select is(pg_temp.refresh(5), null, 'idle for too long: nothing');
reset session authorization;
update app.session set expires_at = clock_timestamp() + interval '1 day', ends_at = clock_timestamp() where id = (select id from s);
set local session authorization app_auth;
select is(pg_temp.refresh(5), null, 'past its absolute end: nothing');
reset session authorization;
update app.session set ends_at = clock_timestamp() + interval '1 day' where id = (select id from s);
update app.principal set disabled_at = now() where id = tap.id('ada');
set local session authorization app_auth;
select is(pg_temp.refresh(5), null, 'somebody disabled: nothing');
select is((select count(*) from session_begin(tap.id('ada'), 'test', null, null)), 0::bigint, 'and no new session');
select is((select count(*) from account_find('ada@example.org')), 0::bigint, 'and no login');
reset session authorization;
update app.principal set disabled_at = null where id = tap.id('ada');
set local session authorization app_auth;
select is(pg_temp.refresh(5), 6, 'all well again');
select is((select count(*) from session_close((select id from s))), 0::bigint, 'nobody closes it');
select tap.become('bob');
select is((select count(*) from session_close((select id from s))), 0::bigint, 'nor does somebody else');
select tap.nobody(), tap.become('ada');
select is((select count(*) from session_close((select id from s))), 1::bigint, 'closing ends it');
select is((select count(*) from session_close((select id from s))), 0::bigint, 'once');
select is(pg_temp.refresh(6), null, 'and for good');
select is((select count(*) from session_refresh(gen_random_uuid(), 0)), 0::bigint, 'a session that never was gives nothing');
reset session authorization;
select is((select revoked_for from app.session where id = (select id from s)), 'logout', 'it says why it ended');

-- One-time links.
select app.seed_admin('Op@Example.org', null);
select app.login_link_new('op@example.org', repeat('a', 64)), app.login_link_new('op@example.org', repeat('b', 64));
update app.login_link set expires_at = now() where hash = repeat('b', 64);
delete from app.session where principal_id = tap.id('root');
select is(app.admin_is_new(), true, 'no admin has signed in');
set local session authorization app_auth;
select is((select role from link_redeem(repeat('a', 64), null, null)), 'admin', 'a link signs its admin in');
select is((select count(*) from link_redeem(repeat('a', 64), null, null)), 0::bigint, 'once');
select is((select count(*) from link_redeem(repeat('b', 64), null, null)), 0::bigint, 'and in time');
select is((select count(*) from link_redeem(repeat('c', 64), null, null)), 0::bigint, 'one that never was does nothing');
reset session authorization;
select is(app.admin_is_new(), false, 'now one has');

-- What an operator plants.
select is(app.seed_admin('op@example.org', 'first'), app.seed_admin('OP@example.org', 'second'), 'one admin, however the address is written');
select is((select password_hash from app.account where email = 'op@example.org'), 'first', 'a password that is there is not overwritten at the next start');
select app.seed_token('API_TOKENS 1', repeat('d', 64)), app.seed_token('API_TOKENS 2', repeat('e', 64)), app.seed_token('API_TOKENS 1', repeat('d', 64));
select is((select count(*) from app.api_key where name like 'API_TOKENS %'), 2::bigint, 'a key is planted once');
select is(app.seed_tokens_keep(array[repeat('e', 64)]), 1::bigint, 'one that is not listed any more stops working');
select is((select count(*) from app.key_find(repeat('d', 64))), 0::bigint, 'at once');
select is((select role from app.key_find(repeat('e', 64))), 'pro', 'the other one stays');
select app.seed_token('API_TOKENS 1', repeat('d', 64));
select is((select count(*) from app.key_find(repeat('d', 64))), 1::bigint, 'listed again, it works again');
select results_eq($$ select event_type, count(*) from app.audit_event where payload ->> 'by' = 'operator' and event_type like 'key.%' group by 1 order by 1 $$,
	$$ values ('key.issued', 3::bigint), ('key.revoked', 1) $$, 'each of it, and nothing else, left its trace');
select is((select count(*) from app.api_key where principal_id = tap.id('ada') and revoked_at is null), 1::bigint, 'keys of people are left alone');
select * from finish();
rollback;

-- Across transactions of one connection: who was set is gone with his transaction, however it ended.
create temp table leak (at text, actor text);
create function pg_temp.look(p_at text) returns void language sql as
$$
	insert into leak select p_at, string_agg(coalesce(current_setting(s, true), ''), '') from unnest(array['app.actor', 'app.namespace', 'app.role']) s
$$;
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();
set local role app_user;
select tap.become('ada');
commit;
select pg_temp.look('commit');
begin;
set local search_path = app, tap, pg_catalog;
set local role app_user;
select tap.become('ada');
rollback;
select pg_temp.look('rollback');
begin;
set local search_path = app, tap, pg_catalog;
set local role app_user;
\set ON_ERROR_STOP 0
\set VERBOSITY sqlstate
select tap.become('ada'), 1 / (select count(*) from quest where title = 'no such quest');
\set ON_ERROR_STOP 1
commit;
select pg_temp.look('error');
begin;
set local search_path = app, tap, pg_catalog;
select results_eq($$select at from leak where actor = ''$$, array['commit', 'rollback', 'error'], 'no setting outlives its transaction');
set local role app_user;
select is(tap.seen(), '', 'and the next one on the connection sees nothing');
select * from finish();
rollback;

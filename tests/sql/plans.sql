-- Plans of the hot statements over 100,000 quests, as the worker runs them: index walks with a limit, and nothing that grows with the table.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();
insert into app.principal (id, namespace_id, kind)
select ('00000000-0000-7000-8000-00000001' || lpad(n::text, 4, '0'))::uuid, (select namespace from tap.who where name = 'ada'), 'person' from generate_series(1, 5000) n;
insert into app.account (principal_id, email) select id, id || '@example.org' from app.principal where id not in (select id from tap.who);
insert into app.quest (namespace_id, owner_id, title, visibility, status, tags)
select (select namespace from tap.who where name = case when n % 10 = 0 then 'eve' else 'ada' end),
	case when n % 10 = 0 then tap.id('eve') when n % 50 = 1 then tap.id('ada') else ('00000000-0000-7000-8000-00000001' || lpad((n % 200 + 1)::text, 4, '0'))::uuid end,
	'quest ' || n, case when n % 3 = 0 then 'public' else 'private' end, case when n % 4 = 0 then 'done' else 'open' end, array['t' || n % 100]
from generate_series(1, 100000) n;
analyze app.quest;
analyze app.principal;
analyze app.account;
select format('prepare %I as %s', name, text) from tap.statement where name in ('quest_list', 'quest_search', 'quest_get', 'quest_update', 'quest_delete', 'me_get', 'switch_get') \gexec
\set newest 'ffffffff-ffff-ffff-ffff-ffffffffffff'
select id as middle from app.quest where title = 'quest 50001' \gset
select id as last from app.quest where title = 'quest 1' \gset
grant select on tap.who to app_user;

select tap.settings_of('app_user');
set local session authorization app_user;
set local search_path = app, tap, pg_catalog;
select tap.become('ada');

select is_empty(format('select * from tap.growing(tap.plan_of(%L))', call), 'nothing grows with the table: ' || call)
from (values
	(tap.call('quest_list', jsonb_build_object('limit', 20, 'before', :'newest'))), (tap.call('quest_list', jsonb_build_object('limit', 100, 'before', :'middle'))),
	(tap.call('quest_search', jsonb_build_object('limit', 20, 'mine', true, 'before', :'newest'))), (tap.call('quest_search', jsonb_build_object('limit', 20, 'mine', false, 'tag', 't7', 'before', :'newest'))),
	(tap.call('quest_get', jsonb_build_object('id', :'middle'))), (tap.call('quest_delete', jsonb_build_object('id', :'middle'))),
	(tap.call('quest_update', jsonb_build_object('id', :'middle'))), (tap.call('me_get', '{}')), (tap.call('switch_get', '{}'))) as c (call);

select is_empty(format('select * from tap.late(tap.plan_of(%L))', call), 'a page begins where the one before ended: ' || call)
from (values (tap.call('quest_list', '{}')), (tap.call('quest_search', '{}'))) as c (call);

select cmp_ok(tap.touches(call), '<', 200::bigint, 'touches fewer than 200 pages: ' || call)
from (values
	(tap.call('quest_list', jsonb_build_object('limit', 20, 'before', :'newest'))), (tap.call('quest_list', jsonb_build_object('limit', 20, 'before', :'middle'))),
	(tap.call('quest_list', jsonb_build_object('limit', 20, 'before', :'last'))), (tap.call('quest_search', jsonb_build_object('limit', 20, 'mine', true, 'before', :'newest'))),
	(tap.call('quest_search', jsonb_build_object('limit', 20, 'mine', false, 'status', 'open', 'before', :'middle'))),
	(tap.call('quest_get', jsonb_build_object('id', :'middle'))), (tap.call('quest_update', jsonb_build_object('id', :'middle', 'title', 'x')))) as c (call);

select * from finish();
rollback;

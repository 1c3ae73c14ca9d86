-- Who sees and changes which namespace and membership, and quests through namespaces: viewpoint from manager, member, stranger, admin, agent,
-- agent of a stranger, nobody.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();

-- Ada manages "team", where bob is a member, and each of them has an agent there or not.
insert into namespace (id, name) values ('00000000-0000-7000-8000-00000000000c', 'team'), ('00000000-0000-7000-8000-00000000000d', 'empty');
insert into namespace_member (principal_id, namespace_id, role) values (tap.id('ada'), '00000000-0000-7000-8000-00000000000c', 'manager'),
	(tap.id('bob'), '00000000-0000-7000-8000-00000000000c', 'member'), (tap.id('ada'), '00000000-0000-7000-8000-00000000000d', 'manager');
create table pg_temp.it (team uuid, empty uuid, agent uuid, strange uuid);
grant select on pg_temp.it to public;
select tap.become('ada');
with made as (insert into machine (kind, name, role, scopes, expires_at) values ('agent', 'hers', 'pro', '{quest:read}', now() + interval '1 day') returning principal_id)
insert into pg_temp.it (team, empty, agent) select '00000000-0000-7000-8000-00000000000c', '00000000-0000-7000-8000-00000000000d', principal_id from made;
select tap.become('eve');
with made as (insert into machine (kind, name, role, scopes, expires_at) values ('agent', 'eves', 'pro', '{quest:read}', now() + interval '1 day') returning principal_id)
update pg_temp.it set strange = principal_id from made;
insert into namespace_member (principal_id, namespace_id) select agent, team from pg_temp.it;
insert into quest (namespace_id, owner_id, title, visibility)
select team, tap.id('ada'), 'team private', 'private' from pg_temp.it union all select team, tap.id('ada'), 'team public', 'public' from pg_temp.it
union all select team, tap.id('bob'), 'team bob', 'private' from pg_temp.it;
insert into api_key (principal_id, name, hash, scopes) select agent, 'k', repeat('a', 64), '{quest:read}'::text[] from pg_temp.it
union all select strange, 'k', repeat('b', 64), '{quest:read}' from pg_temp.it;

-- Becomes somebody in a namespace, the way a worker does.
create function pg_temp.in_(p_name text, p_namespace text) returns void language plpgsql as
$$
begin
	perform tap.nobody(), tap.become(p_name);
	perform app.enter_namespace(p_namespace);
end
$$;
grant execute on function pg_temp.in_(text, text) to public;

select is_empty($$select id from principal p where not exists (select from namespace_member m where m.principal_id = p.id and m.namespace_id = p.namespace_id and m.ended_at is null)$$,
	'everybody belongs to where he is at home');
set local session authorization app_user;

-- Entering.
select throws_ok($$select pg_temp.in_('eve', 'team')$$, 'LA404', null, 'who does not belong there does not enter');
select throws_ok($$select pg_temp.in_('eve', 'nowhere')$$, 'LA404', null, 'as if it were not there');
select throws_ok($$select pg_temp.in_('root', 'team')$$, 'LA404', null, 'not even an admin');
select tap.nobody();
select throws_ok($$select app.enter_namespace('default')$$, 'LA404', null, 'nobody enters anything');
select lives_ok($$select pg_temp.in_('bob', 'team')$$, 'a member enters');
select is(app.namespace(), (select team from pg_temp.it), 'and is there');
select is(app.actor(), tap.id('bob'), 'as himself');

-- Quests through namespaces.
select is(tap.seen(), 'team bob, team public', 'a member sees his own and what is public there');
select is(tap.touched($$update quest set title = title where title = 'team bob'$$), 1::bigint, 'and changes his own');
select is(tap.touched($$update quest set title = 'x' where title = 'team public'$$), 0::bigint, 'nothing else');
select lives_ok($$insert into quest (title) values ('made there')$$, 'he makes one there');
select is((select namespace_id from quest where title = 'made there'), (select team from pg_temp.it), 'which is there');
select tap.nobody(), tap.become('bob');
select is(tap.seen(), 'ada public, bob private, bob public, root public', 'at home he sees nothing of it, not even his own');
select is(tap.touched($$update quest set title = 'x' where title like 'team%' or title = 'made there'$$), 0::bigint, 'changes nothing');
select is(tap.touched($$delete from quest where title like 'team%'$$), 0::bigint, 'deletes nothing');
select is((select count(*) from app.quests_of_actor()), 4::bigint, 'and takes everything of his away with him');
select pg_temp.in_('ada', 'team');
select is(tap.seen(), 'team private, team public', 'the manager sees what a member sees');
select tap.nobody(), tap.become('eve');
select is(tap.seen(), 'eve private, eve public', 'a stranger nothing');
select is((select count(*) from app.quests_of_actor()), 2::bigint, 'and his own alone');
select isnt(enter_key(repeat('a', 64), 'beginner', 'quest:read'), null, 'an agent');
select app.enter_namespace('team');
select is(tap.seen(), 'team public', 'sees what is public there, and nothing that is its owner''s alone');
select isnt(enter_key(repeat('b', 64), 'beginner', 'quest:read'), null, 'the agent of a stranger');
select throws_ok($$select app.enter_namespace('team')$$, 'LA404', null, 'does not enter');
select is(tap.seen(), 'eve public', 'and stays where its owner is');

-- Viewpoint from the manager.
select tap.nobody(), tap.become('ada');
select results_eq('select name from namespace order by name', array['default', 'empty', 'team'], 'a manager sees his namespaces');
select is((select count(*) from namespace_member where namespace_id = (select team from pg_temp.it)), 3::bigint, 'and everybody in them');
select is((select count(*) from namespace_member where namespace_id = app.namespace()), 1::bigint, 'of others himself alone');
select is(tap.touched($$update namespace set display_name = 'T' where name in ('team', 'default', 'other')$$), 1::bigint, 'changes what he manages');
select throws_ok($$update namespace set name = 'x'$$, '42501', null, 'but no code');
select throws_ok($$insert into namespace (name) values ('x')$$, '42501', null, 'makes none past the function');
select throws_ok($$select namespace_create('x', '')$$, '42501', null, 'which asks for a higher role');
select lives_ok($$insert into namespace_member (principal_id, namespace_id) select tap.id('root'), team from pg_temp.it$$, 'takes somebody in');
select throws_ok($$insert into namespace_member (principal_id, namespace_id) select strange, team from pg_temp.it$$, 'LA404', null, 'no agent without its owner');
select throws_ok($$insert into namespace_member (principal_id, namespace_id) select tap.id('ada'), namespace from tap.who where name = 'eve'$$, '42501', null, 'nowhere else');
select throws_ok($$update namespace_member set principal_id = tap.id('eve')$$, '42501', null, 'makes nobody another');
select throws_ok($$delete from namespace_member$$, '42501', null, 'and deletes no membership');
select throws_ok($$update namespace_member set ended_at = now() where principal_id = app.actor() and namespace_id = (select team from pg_temp.it)$$, 'LA902', null, 'the last manager stays');
select throws_ok($$update namespace_member set role = 'member' where principal_id = app.actor() and namespace_id = (select team from pg_temp.it)$$, 'LA902', null, 'and stays one');
select throws_ok($$update namespace_member set ended_at = now() where principal_id = app.actor() and namespace_id = app.namespace()$$, 'LA903', null, 'nobody leaves his home');
select throws_ok($$delete from namespace where name = 'team'$$, 'LA904', null, 'what is not empty stays');
select is(tap.touched($$delete from namespace where name = 'empty'$$), 1::bigint, 'what is empty goes');
select is(tap.touched($$delete from namespace where name in ('default', 'other')$$), 0::bigint, 'and nothing that he does not manage');
select is(tap.touched($$update namespace_member set ended_at = now() where principal_id = tap.id('root')$$), 1::bigint, 'he puts somebody out');

-- Viewpoint from a member.
select tap.nobody(), tap.become('bob');
select results_eq('select name from namespace order by name', array['default', 'team'], 'a member sees his namespaces');
select is_empty('select principal_id from namespace_member where principal_id <> app.actor()', 'and himself in them');
select is(tap.touched($$update namespace set display_name = 'B'$$), 0::bigint, 'changes none');
select is(tap.touched($$delete from namespace where name = 'team'$$), 0::bigint, 'deletes none');
select throws_ok($$update namespace_member set role = 'manager' where namespace_id = (select team from pg_temp.it)$$, '42501', null, 'does not raise himself');
select throws_ok($$insert into namespace_member (principal_id, namespace_id) select tap.id('eve'), team from pg_temp.it$$, '42501', null, 'takes nobody in');
select is(tap.touched($$update namespace_member set ended_at = now() where namespace_id = (select team from pg_temp.it)$$), 1::bigint, 'and may leave');
select is(tap.touched($$update namespace_member set role = 'manager' where namespace_id = (select team from pg_temp.it)$$), 0::bigint, 'then changes nothing any more');
select throws_ok($$select app.enter_namespace('team')$$, 'LA404', null, 'does not enter');
select results_eq('select name from namespace', array['default'], 'and does not see it');
select is((select count(*) from app.quests_of_actor()), 2::bigint, 'nor what he made there');

-- Viewpoint from a stranger, an agent, nobody.
select tap.nobody(), tap.become('eve');
select results_eq('select name from namespace', array['other'], 'a stranger sees his own');
select is(tap.touched($$update namespace_member set ended_at = now() where principal_id <> app.actor()$$), 0::bigint, 'and ends no membership');
select isnt(enter_key(repeat('a', 64), 'beginner', 'quest:read'), null, 'an agent');
select is((select count(*) from namespace_member), 2::bigint, 'sees its own memberships');
select throws_ok($$insert into namespace_member (principal_id, namespace_id) select tap.id('eve'), team from pg_temp.it$$, '42501', null, 'and takes nobody in');
select tap.nobody();
select is_empty('select id from namespace', 'nobody sees no namespace');
select is_empty('select principal_id from namespace_member', 'and no membership');
select is(tap.touched($$update namespace set display_name = 'N'$$), 0::bigint, 'changes none');
select throws_ok($$select namespace_create('x', '')$$, '42501', null, 'makes none');

-- Viewpoint from an admin.
select tap.nobody(), tap.become('root');
select results_eq('select name from namespace order by name', array['default', 'other', 'team'], 'an admin sees every namespace');
select is(tap.touched($$update namespace_member set ended_at = now() where principal_id = tap.id('ada') and namespace_id = (select team from pg_temp.it)$$), 1::bigint, 'takes the last manager away');
select is((select count(*) from namespace_member where namespace_id = (select team from pg_temp.it) and ended_at is null), 0::bigint, 'whose agent goes with him');
select throws_ok($$update namespace_member set ended_at = now() where principal_id = tap.id('eve')$$, 'LA903', null, 'but nobody out of his home');
select is((select name from namespace_create('made', 'M')), 'made', 'makes one');
select is((select role from namespace_member m join namespace n on n.id = m.namespace_id where n.name = 'made' and m.principal_id = app.actor()), 'manager', 'and manages it');
select throws_ok($$select namespace_create('Not a name', '')$$, '23514', null, 'whose name is a code');
select throws_ok($$delete from namespace where name = 'team'$$, 'LA904', null, 'what was made there is still there');

set local session authorization app_auth;
select throws_ok('select count(*) from namespace', '42501', null, 'app_auth reads no namespace');
select throws_ok('select count(*) from namespace_member', '42501', null, 'and no membership');
select * from finish();
rollback;

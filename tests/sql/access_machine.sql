-- Who sees and changes which agent, service and key of one, and how what becomes of an owner becomes of his agents: viewpoint from owner, stranger,
-- admin, the agent itself, nobody.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();
update principal set role = 'pro' where id in (tap.id('ada'), tap.id('bob'), tap.id('eve'));
update tap.who set role = 'pro' where name in ('ada', 'bob', 'eve');
create table pg_temp.it (hers uuid, his uuid, service uuid);
insert into pg_temp.it default values;
grant select, update on pg_temp.it to public;
create function pg_temp.agent(p_name text, p_role text default 'pro') returns uuid language plpgsql as
$$
declare
	made uuid;
begin
	insert into app.machine (kind, name, role, scopes, expires_at) values ('agent', p_name, p_role, '{quest:read,quest:write}', now() + interval '1 day') returning principal_id into made;
	return made;
end
$$;
grant execute on function pg_temp.agent(text, text) to public;
-- Role and life of a principal as they are asked for at entry.
create function pg_temp.state(p_id uuid) returns text language sql security definer as
$$ select role || ' ' || (disabled_at is null) from app.principal where id = p_id $$;
grant execute on function pg_temp.state(uuid) to public;
set local session authorization app_user;

-- Viewpoint from an owner.
select tap.become('ada');
update pg_temp.it set hers = pg_temp.agent('hers');
select results_eq('select name, owner_id from machine', $$select 'hers', tap.id('ada')$$, 'an owner sees his agent');
select is(pg_temp.state((select hers from pg_temp.it)), 'pro true', 'which is alive, with his role');
select throws_ok($$insert into machine (kind, name, role, scopes, expires_at, owner_id) values ('agent', 'x', 'pro', '{a}', now(), tap.id('bob'))$$, '42501', null, 'makes none for others');
select throws_ok($$insert into machine (kind, name, role, scopes, expires_at) values ('agent', 'x', 'admin', '{a}', now())$$, '23514', null, 'none that is an admin');
select throws_ok($$insert into machine (kind, name, role, scopes) values ('agent', 'x', 'pro', '{a}')$$, '23514', null, 'none without an end');
select throws_ok($$insert into machine (kind, name, role, scopes, expires_at) values ('agent', 'x', 'pro', '{}', now())$$, '23514', null, 'none that may everything');
select throws_ok($$insert into machine (kind, namespace_id, name, role) values ('service', app.namespace(), 'x', 'beginner')$$, '42501', null, 'and no service');
select lives_ok($$insert into machine (kind, namespace_id, name, role, scopes, expires_at) select 'agent', namespace, 'afar', 'pro', '{a}', now() from tap.who where name = 'eve'$$, 'wherever he wants it');
select is((select namespace_id from machine where name = 'afar'), app.namespace(), 'it is at home where he is');
select throws_ok($$update machine set owner_id = tap.id('bob')$$, '42501', null, 'he gives none away');
select throws_ok($$update machine set kind = 'service'$$, '42501', null, 'nor makes it a service');
select lives_ok($$insert into api_key (principal_id, name, hash, scopes) select hers, 'k', repeat('a', 64), '{quest:read}' from pg_temp.it$$, 'he makes a key for it');
select lives_ok($$insert into api_key (principal_id, name, hash, scopes) select hers, 'k', repeat('b', 64), '{quest:write}' from pg_temp.it$$, 'and another');
select is((select count(*) from api_key where principal_id = (select hers from pg_temp.it)), 2::bigint, 'which he sees');
select is(tap.touched($$update principal set role = 'admin' where id = (select hers from pg_temp.it)$$), 0::bigint, 'its principal is not his to change');

-- Narrowing.
select is(tap.touched($$update machine set scopes = '{quest:read}' where name = 'hers'$$), 1::bigint, 'he narrows it');
select results_eq($$select scopes, revoked_at is null from api_key where principal_id = (select hers from pg_temp.it) order by scopes$$,
	$$values ('{quest:read}'::text[], true), ('{quest:write}', false)$$, 'and its keys with it: one that would grant nothing ends');
select is(tap.touched($$update machine set scopes = '{quest:read,quest:write}' where name = 'hers'$$), 1::bigint, 'widens it again');
select results_eq($$select scopes, revoked_at is null from api_key where principal_id = (select hers from pg_temp.it) order by scopes$$,
	$$values ('{quest:read}'::text[], true), ('{quest:write}', false)$$, 'but not its keys');

-- Viewpoint from a stranger.
select tap.become('bob');
update pg_temp.it set his = pg_temp.agent('his', 'advanced');
select results_eq('select name from machine', array['his'], 'a stranger sees his own');
select is(tap.touched($$update machine set killed_at = now() where name = 'hers'$$), 0::bigint, 'kills no other');
select is(tap.touched($$delete from machine where principal_id = (select hers from pg_temp.it)$$), 0::bigint, 'deletes none');
select is_empty($$select id from api_key where principal_id = (select hers from pg_temp.it)$$, 'sees no key of it');
select throws_ok($$insert into api_key (principal_id, name, hash) select hers, 'k', repeat('c', 64) from pg_temp.it$$, '42501', null, 'makes none');
select is(tap.touched($$update api_key set revoked_at = now() where principal_id = (select hers from pg_temp.it)$$), 0::bigint, 'ends none');
select is(pg_temp.state((select his from pg_temp.it)), 'advanced true', 'and his has the role that it was given');

-- Viewpoint from another namespace, and from nobody.
select tap.become('eve');
select is_empty('select name from machine', 'another namespace sees nothing');
select tap.nobody();
select is_empty('select name from machine', 'nobody sees nothing');
select throws_ok($$select pg_temp.agent('x')$$, '42501', null, 'and has no agent');
select is(tap.touched($$update machine set name = 'x'$$), 0::bigint, 'nor changes one');

-- Viewpoint from the agent itself.
select isnt(enter_key(repeat('a', 64), 'pro', 'quest:read'), null, 'an agent enters by its key');
select is(app.actor(), (select hers from pg_temp.it), 'as itself');
select results_eq('select name from machine', array['hers'], 'sees itself');
select is(tap.touched($$update machine set scopes = '{user:admin}'$$), 0::bigint, 'and does not change itself');
select is(tap.touched($$delete from machine$$), 0::bigint, 'nor deletes itself');
select throws_ok($$select pg_temp.agent('child')$$, '42501', null, 'has no agent of its own');
select throws_ok($$insert into api_key (principal_id, name, hash) select his, 'k', repeat('c', 64) from pg_temp.it$$, '42501', null, 'and makes no key for others');

-- Viewpoint from an admin.
select tap.become('root');
select is((select count(*) from machine), 3::bigint, 'an admin sees everybody''s');
with made as (insert into machine (kind, namespace_id, name, role) select 'service', namespace, 'svc', 'pro' from tap.who where name = 'eve' returning principal_id)
update pg_temp.it set service = principal_id from made;
select is((select namespace_id from principal where id = (select service from pg_temp.it)), (select namespace from tap.who where name = 'eve'), 'makes services, at home anywhere');
select lives_ok($$insert into api_key (principal_id, name, hash) select service, 'k', repeat('d', 64) from pg_temp.it$$, 'and their keys');
select throws_ok($$insert into api_key (principal_id, name, hash) select hers, 'k', repeat('e', 64) from pg_temp.it$$, '42501', null, 'but no key of somebody''s agent');
select is(tap.touched($$update api_key set revoked_at = revoked_at where principal_id = (select hers from pg_temp.it)$$), 2::bigint, 'which he may end');
select is(tap.touched($$update principal set role = 'admin' where id in (select hers from pg_temp.it union select service from pg_temp.it)$$), 0::bigint, 'and raises neither past what is said of it');
select is(tap.touched($$update machine set killed_at = now(), killed_by = app.actor(), kill_reason = 'x' where name in ('his', 'svc')$$), 2::bigint, 'kills both');
select is(pg_temp.state((select his from pg_temp.it)), 'advanced false', 'an agent is dead');
select is(tap.touched($$update machine set killed_at = null where name = 'his'$$), 0::bigint, 'and stays it');
select is(tap.touched($$update machine set killed_at = null where name = 'svc'$$), 1::bigint, 'a service comes back');
select is(pg_temp.state((select service from pg_temp.it)), 'pro true', 'as it was');

-- Viewpoint from a member of the service's namespace, and the service itself.
select tap.become('eve');
select is_empty('select name from machine', 'a service is an admin''s alone');
select isnt(enter_key(repeat('d', 64), 'pro', ''), null, 'a service enters');
select throws_ok($$select pg_temp.agent('x')$$, '42501', null, 'and has no agents');
reset session authorization;

-- What becomes of an owner becomes of his agents, whoever it is that changes him.
update principal set role = 'advanced' where id = tap.id('ada');
select is(pg_temp.state((select hers from pg_temp.it)), 'advanced true', 'an owner is lowered: so is his agent');
update principal set role = 'admin' where id = tap.id('ada');
select is(pg_temp.state((select hers from pg_temp.it)), 'pro true', 'raised: up to what it was given');
update principal set disabled_at = now() where id = tap.id('ada');
select is(pg_temp.state((select hers from pg_temp.it)), 'pro false', 'shut out: so is his agent');
select is(enter_key(repeat('a', 64), 'pro', 'quest:read'), null, 'which does not enter');
select is_empty($$select * from key_find(repeat('a', 64))$$, 'nor is its key found');
update principal set disabled_at = null where id = tap.id('ada');
select is(pg_temp.state((select hers from pg_temp.it)), 'pro true', 'let in again');
update principal set role = 'pro', disabled_at = now() where id = tap.id('bob');
update principal set disabled_at = null where id = tap.id('bob');
select is(pg_temp.state((select his from pg_temp.it)), 'advanced false', 'but a killed agent stays dead');
update machine set expires_at = now() where name = 'hers';
select tap.nobody();
select is(enter_key(repeat('a', 64), 'pro', 'quest:read'), null, 'one that has run out does not enter');
select is_empty($$select * from key_find(repeat('a', 64))$$, 'nor is its key found');
delete from principal where id = tap.id('ada');
select is_empty($$select id from principal where id = (select hers from pg_temp.it)$$, 'an owner goes: his agents with him');
select is_empty($$select id from api_key where principal_id = (select hers from pg_temp.it)$$, 'and their keys');
delete from principal where id = (select service from pg_temp.it);
select is_empty($$select name from machine where name = 'svc'$$, 'a principal goes: what is said of it, too');
set local session authorization app_auth;
select throws_ok('select count(*) from machine', '42501', null, 'app_auth reads no machine');
select * from finish();
rollback;

-- Keys that admins issue: who makes them, what they see, how one follows another, and how often they may ask.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();

-- A draft of the key that is called so.
create function pg_temp.draft(p_name text, p_rate integer default 100, p_ttl bigint default 3600, p_renew bigint default null) returns app.key_draft language sql as
$$ select row('bkg_n_' || left(p_name, 6), encode(sha256(p_name::bytea), 'hex'), p_rate, p_ttl, p_renew)::app.key_draft $$;
create function pg_temp.found(p_name text) returns setof record language sql as $$ select f.role, f.scopes, f.type from key_find(encode(sha256(p_name::bytea), 'hex')) f $$;
create function pg_temp.successor(p_name text) returns uuid language sql as $$ select f.successor from key_find(encode(sha256(p_name::bytea), 'hex')) f $$;
-- Becomes the key that is called so.
create function pg_temp.enter(p_name text) returns boolean language sql as
$$ select tap.nobody(); select enter_key(encode(sha256(p_name::bytea), 'hex'), f.role, f.scopes) is not null from key_find(encode(sha256(p_name::bytea), 'hex')) f $$;
create function pg_temp.id(p_name text) returns uuid language sql security definer as $$ select id from app.api_key where hash = encode(sha256(p_name::bytea), 'hex') $$;
-- All that is granted when it is asked for often.
create function pg_temp.granted(p_name text, p_limit integer) returns bigint language sql as
$$ select sum(t.granted) from generate_series(1, 60) n, lateral app.key_rate_take(pg_temp.id(p_name), p_limit + 0 * n) t $$;
do $$ begin execute format('grant usage on schema %I to public', (select nspname from pg_namespace where oid = pg_my_temp_schema())); end $$;
grant execute on all functions in schema pg_temp to public;

-- The first key: for nobody in particular, once, and not when an admin was here.
savepoint fresh;
select audit_as(tap.id('root'), 'auth.login', tap.id('root'));
set local session authorization app_user;
select is_empty($$select * from key_bootstrap('admin', '{}', pg_temp.draft('first'))$$, 'where an admin has signed in there is no first key');
rollback to fresh;
set local session authorization app_user;
select is((select scope from key_bootstrap('admin', '{}', pg_temp.draft('first'))), '{"type": "admin"}', 'nobody makes the first key of all');
select is_empty($$select * from key_bootstrap('admin', '{}', pg_temp.draft('second'))$$, 'and no second');
select ok(pg_temp.enter('first'), 'it works');
select is(actor_role(), 'admin', 'as an admin');
select is(tap.touched($$update api_key set revoked_at = now() where id = app.key()$$), 1::bigint, 'it ends itself');
select tap.nobody();
select is_empty($$select * from key_bootstrap('admin', '{}', pg_temp.draft('second'))$$, 'and there is none even when all are revoked');
rollback to fresh;

-- Who issues.
set local session authorization app_user;
select throws_ok($$select * from key_issue('admin', 'default', null, 'admin', '{}', pg_temp.draft('x'))$$, '42501', null, 'nobody issues keys');
select tap.become('ada');
select throws_ok($$select * from key_issue('session', 'default', null, 'beginner', '{}', pg_temp.draft('x'))$$, '42501', null, 'others than admins do not');
select throws_ok($$select * from key_rotate(null, 0, null, pg_temp.draft('x'))$$, '42501', null, 'nor rotate');
select throws_ok($$insert into api_key (name, hash, type) values ('', encode(sha256('x'), 'hex'), 'admin')$$, '42501', null, 'nor choose a type for their own');
select throws_ok($$insert into api_key (name, hash, rate_limit) values ('', encode(sha256('x'), 'hex'), 100000)$$, '42501', null, 'or a limit');
select tap.become('root');
select is((select scope from key_issue('namespace', 'other', null, 'pro', '{quest:read}', pg_temp.draft('reader'))), '{"type": "namespace", "namespace": "other"}', 'an admin issues one for a namespace');
select is((select scope from key_issue('namespace', 'brand-new', null, 'pro', '{quest:read,quest:write}', pg_temp.draft('due', 100, 2592000, 0))),
	'{"type": "namespace", "namespace": "brand-new"}', 'also for one that is not there yet');
select is((select scope from key_issue('model_access', 'other', 'llama', 'beginner', '{llm:use}', pg_temp.draft('model'))),
	'{"type": "model_access", "model_id": "llama", "namespace": "other"}', 'for a model');
select is((select scope from key_issue('admin', 'default', null, 'admin', '{}', pg_temp.draft('boss', 1000, null, 0))), '{"type": "admin"}', 'for everything');
select throws_ok($$select * from key_issue('model_access', 'other', null, 'beginner', '{}', pg_temp.draft('x'))$$, '23514', null, 'a model''s has a model');
select is((select count(*) from cave_key), 4::bigint, 'he sees them all');
select is((select count(*) from audit_event where event_type = 'key.issued' and payload ->> 'prefix' like 'bkg_n_%' and payload::text !~ '[0-9a-f]{64}'), 4::bigint, 'each left a trace, without its hash');
select throws_ok($$select hash from api_key$$, '42501', null, 'the hash is read by nobody');
select tap.become('bob');
select is((select count(*) from cave_key), 0::bigint, 'others see none');

-- The same SQL under a user's token and under a narrowed key: what each allows.
select tap.become('eve');
select is(tap.seen(), 'eve private, eve public', 'eve sees her own');
select ok(pg_temp.enter('reader'), 'a key enters');
select is(tap.seen(), 'eve public', 'a key of her namespace sees what is public in it');
select is(app.key(), pg_temp.id('reader'), 'policies see which key it is');
select is(array[has_scope('quest:read'), has_scope('quest:write'), has_scope('quest:write', 'quest:read')], array[true, false, true], 'and its scopes');
select throws_ok($$insert into quest (title) values ('x')$$, '42501', null, 'one that reads writes nothing');
select is(tap.touched($$update quest set title = 'x'$$) + tap.touched($$delete from quest$$), 0::bigint, 'changes and deletes nothing');
select ok(pg_temp.enter('model'), 'a model''s key enters');
select is(tap.seen(), '', 'and sees no quest at all');
select throws_ok($$insert into quest (title) values ('x')$$, '42501', null, 'nor makes one');
select ok(pg_temp.enter('due'), 'a key that may write enters');
select lives_ok($$insert into quest (title) values ('of a key')$$, 'and makes a quest');
select is(tap.seen(), 'of a key', 'its own, in its namespace');
reset session authorization;
insert into app.api_key (principal_id, name, hash, scopes) select tap.id('ada'), s, encode(sha256(s::bytea), 'hex'), array[s] from unnest(array['quest:read', 'quest:write', 'account:read']) s;
set local session authorization app_user;
select tap.nobody(), tap.become('ada');
select is(tap.seen(), 'ada private, ada public, bob public, root public', 'a person sees his own and what is public');
select pg_temp.enter('quest:read');
select is(tap.seen(), 'ada private, ada public, bob public, root public', 'his key for reading the same');
select is(tap.touched($$update quest set title = 'x' where title like 'ada%'$$), 0::bigint, 'without writing');
select pg_temp.enter('quest:write');
select is(tap.seen(), 'ada private, ada public', 'his key for writing what it may write');
select is(tap.touched($$update quest set body = 'x' where title like 'ada%'$$), 2::bigint, 'which it does');
select pg_temp.enter('account:read');
select is(tap.seen(), '', 'any other none');
select is(tap.touched($$delete from quest$$), 0::bigint, 'and deletes none');
select tap.nobody();
select ok(become_key(tap.id('ada'), (select namespace from tap.who where name = 'ada'), 'beginner', pg_temp.id('quest:read'), 'quest:read'), 'a key that was let in a moment ago');
select is(array[app.key() = pg_temp.id('quest:read'), has_scope('quest:write')], array[true, false], 'is no wider then');
select tap.nobody(), tap.become('ada');
select is(has_scope('quest:write'), true, 'nothing of a key stays for who comes next');

-- A key of a namespace that is due is retired by its use; its holder claims the one that follows, once.
select is(pg_temp.successor('reader'), null, 'a young key has no successor');
select isnt(pg_temp.successor('due'), null, 'one that is due has');
select is(pg_temp.successor('due'), pg_temp.successor('due'), 'always the same');
select is(pg_temp.successor('boss'), null, 'use does not retire an admin''s');
select pg_temp.enter('reader');
select is_empty($$select * from key_claim(pg_temp.draft('claimed'))$$, 'who has no successor claims none');
select tap.nobody();
select is_empty($$select * from key_claim(pg_temp.draft('claimed'))$$, 'nor does nobody');
select pg_temp.enter('due');
select results_eq($$select id, rotated_from, rate_limit from key_claim(pg_temp.draft('claimed', null))$$, $$values (pg_temp.successor('due'), app.key(), 100)$$, 'the holder claims the key that was announced');
select is_empty($$select * from key_claim(pg_temp.draft('again'))$$, 'once');
select is(tap.seen(), 'of a key', 'what belongs to a key');
select ok(pg_temp.enter('claimed'), 'the new one works');
select is(tap.seen(), 'of a key', 'stays with the one that follows');
select ok(pg_temp.enter('due'), 'and the old one for a day');
select tap.nobody(), tap.become('root');
select is((select round(extract(epoch from expires_at - now()) / 3600) from cave_key where id = pg_temp.id('due')), 24::numeric, 'a day it is');
select results_eq($$select event_type from audit_event where entity_id = pg_temp.id('claimed') order by id$$, array['key.rotated', 'key.claimed'], 'the trail tells of both');

-- Admin keys are retired by the daily work.
reset session authorization;
select is(keys_rotate_due(), 1::bigint, 'one admin key is due');
select is(keys_rotate_due(), 0::bigint, 'and then no more');
set local session authorization app_user;
select pg_temp.enter('boss');
select isnt(pg_temp.successor('boss'), null, 'its holder is told');
select is((select count(*) from key_claim(pg_temp.draft('new boss', null, null, 7776000))), 1::bigint, 'and claims');
select is((select expires_at from cave_key where id = pg_temp.id('new boss')), null, 'one that ends not by itself');

-- Rotation by an admin: at once, or with a grace.
select tap.nobody(), tap.become('root');
select results_eq($$select id = pg_temp.id('reader'), revoked, rate_limit, scope from key_rotate(pg_temp.id('reader'), 0, null, pg_temp.draft('reader two', null))$$,
	$$values (false, false, 100, '{"type": "namespace", "namespace": "other"}'::jsonb), (true, true, 100, '{"type": "namespace", "namespace": "other"}')$$, 'the new key, then the old');
select is_empty($$select * from key_rotate(pg_temp.id('reader'), 0, null, pg_temp.draft('x'))$$, 'one that was revoked is not rotated');
select is_empty($$select * from key_rotate((select id from api_key where type = 'personal' limit 1), 0, null, pg_temp.draft('x'))$$, 'nor a person''s');
select is((select array[payload ->> 'event', payload ->> 'previous_key_id', payload ->> 'owner', payload -> 'scope' ->> 'type'] from audit_event where entity_id = pg_temp.id('reader two')),
	array['key.rotated', pg_temp.id('reader')::text, 'other', 'namespace'], 'the trail holds what is told of it');
select is((select bool_and(revoked) from key_rotate(pg_temp.id('reader two'), 600, null, pg_temp.draft('reader three'))), false, 'with a grace neither is revoked');
select ok(pg_temp.enter('reader two') and pg_temp.enter('reader three'), 'and both work');
select is_empty($$select * from key_claim(pg_temp.draft('x'))$$, 'what an admin rotated is not claimed as well');

-- The end.
select tap.nobody(), tap.become('root');
select is(tap.touched(format('update api_key set revoked_at = now() where id = %L', pg_temp.id('reader three'))), 1::bigint, 'an admin ends a key');
select is(tap.touched(format('update api_key set revoked_at = now() where id = %L', pg_temp.id('bob'))), 0::bigint, 'but no person''s');
select is(pg_temp.enter('reader three'), null, 'it is dead');
select tap.nobody(), tap.become('bob');
select is(tap.touched(format('update api_key set revoked_at = now() where id = %L', pg_temp.id('model'))), 0::bigint, 'others end none');

-- A limit: a tenth of what is left each time, the last ones one by one, together never more than the limit.
select tap.nobody();
reset session authorization;
create temp table took on commit drop as select n, (app.key_rate_take(pg_temp.id('model'), 100)).* from generate_series(1, 60) n;
select is((select sum(granted) from took), 100::bigint, 'a hundred, and not one more');
select results_eq('select granted, remaining from took where n <= 3 order by n', $$values (10, 90), (9, 81), (8, 73)$$, 'a tenth at a time');
select ok((select bool_and(retry_ms > 0 and retry_ms <= reset_ms + 1) from took where granted = 0), 'then nothing until the minute has gone by');
update app.key_rate set began_at = began_at - interval '89.9 seconds';
select is(pg_temp.granted('model', 100), 50::bigint, 'half a minute later the half of it still counts');
update app.key_rate set began_at = began_at - interval '30 seconds';
select is(pg_temp.granted('model', 100), 50::bigint, 'the minute before that does not');
update app.key_rate set began_at = began_at - interval '130 seconds';
select is(pg_temp.granted('model', 100), 100::bigint, 'after two quiet minutes all is forgotten');
update app.key_rate set began_at = began_at - interval '60 seconds';
select is(pg_temp.granted('model', 1), 0::bigint, 'a limit that was lowered is not exceeded either');
select is(pg_temp.granted('boss', 1), 1::bigint, 'one a minute is one');
select * from finish();
rollback;

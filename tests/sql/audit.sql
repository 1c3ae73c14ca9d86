-- The trail and its seals: every event waits from its own transaction on, is sealed once and in order, and nobody rewrites anything.
begin;
set local search_path = tap, app, pg_catalog;
select no_plan();

delete from app.audit_pending;
select set_config('app.actor', id::text, true), set_config('app.namespace', namespace::text, true) from tap.who where name = 'ada' \gset
select app.audit('test.happened', null, '{"n": 1}') \gset
select app.audit_as(tap.id('eve'), 'test.happened', null, '{"n": 2}') \gset
select app.audit_as(null, 'test.happened', null, '{"n": 3}') \gset
create function tap.bytes(p_n integer) returns text language sql as $$ select repeat(lpad(to_hex(p_n), 2, '0'), 32) $$;
create function tap.seal(p_after bigint, p_pending text[]) returns boolean language sql as
$$ select app.audit_seal(p_after, p_pending, array_agg(tap.bytes(n::integer)), array_agg(tap.bytes(100 + n::integer)), 'k1') from generate_series(p_after + 1, p_after + cardinality(p_pending)) n $$;
create function tap.waiting() returns text[] language sql as $$ select coalesce(array_agg(n::text order by n), '{}') from app.audit_pending $$;

select results_eq($$ select e.payload ->> 'n', e.actor_id, e.actor_type from app.audit_pending p join app.audit_event e on e.id = p.event_id order by p.n $$,
	$$ values ('1', tap.id('ada'), 'person'), ('2', tap.id('eve'), 'person'), ('3', null::uuid, null) $$,
	'each event waits for its seal, in the order it came, with who did it and what he was then');
select cmp_ok((select waits_us from app.audit_state()), '>', 0::bigint, 'that it waits can be seen');

-- Sealing
select throws_ok($$ select tap.seal(0, array['999999999']) $$, 'P0001', null, 'what does not wait is not sealed');
select is(tap.seal(1, tap.waiting()), false, 'nothing is sealed behind a number that is not the last');
select is(tap.seal(0, (tap.waiting())[1:2]), true, 'two are sealed');
select is(tap.seal(0, tap.waiting()), false, 'a second sealer at the same place is told that it came late');
select is(tap.seal(2, tap.waiting()), true, 'and the third');
select is(tap.waiting(), '{}', 'none waits any more');
select is((select waits_us from app.audit_state()), 0::bigint, 'nor is said to');
select results_eq($$ select c.seq, e.payload ->> 'n', encode(c.prev, 'hex'), encode(c.hash, 'hex'), encode(c.sig, 'hex'), c.kid from app.audit_chain c join app.audit_event e on e.id = c.event_id order by c.seq $$,
	$$ values (1::bigint, '1', tap.bytes(0), tap.bytes(1), tap.bytes(101), 'k1'), (2, '2', tap.bytes(1), tap.bytes(2), tap.bytes(102), 'k1'), (3, '3', tap.bytes(2), tap.bytes(3), tap.bytes(103), 'k1') $$,
	'each stands behind the one before and names its hash');
select throws_ok($$ insert into app.audit_chain select 4, event_id, prev, hash, sig, kid from app.audit_chain where seq = 3 $$, '23505', null, 'no event twice');

-- What is wrong with the files
select is((select fault from app.audit_state()), null, 'nothing is wrong');
select is(app.audit_fault('disk full'), true, 'something is');
select is((select fault from app.audit_state()), 'disk full', 'and is told');
select is(app.audit_fault(null), true, 'until it is mended');

-- Who sees which seals
set local role app_user;
select tap.become('ada');
select results_eq('select seq from app.audit_chain order by seq', array[1::bigint], 'a person sees the seal of what he did');
select tap.become('root');
select results_eq('select seq from app.audit_chain order by seq', array[1, 2, 3::bigint], 'an admin all of them');
select tap.nobody();
select is_empty('select from app.audit_chain', 'nobody none');
reset role;

-- Who changes them
select throws_ok(format('set local role %I; %s', r, s), '42501', null, r || ' may not: ' || s)
from unnest(array['app_user', 'app_auth', 'app_audit', 'app_job']) r, unnest(array['insert into app.audit_event (event_type) values (''a.b'')', 'update app.audit_event set payload = ''{}''',
	'delete from app.audit_event', 'insert into app.audit_chain select * from app.audit_chain', 'update app.audit_chain set kid = ''x''', 'delete from app.audit_chain',
	'insert into app.audit_pending (event_id) values (app.uuid7())', 'delete from app.audit_pending', 'update app.audit_sealer set fault = null', 'truncate app.audit_chain']) s;
reset role;
select throws_ok(format('set local role %I; %s', r, s), '42501', null, r || ' may not: ' || s)
from unnest(array['app_user', 'app_auth', 'app_job']) r, unnest(array['select app.audit_seal(0, ''{}'', ''{}'', ''{}'', '''')', 'select app.audit_fault(null)', 'select from app.audit_pending']) s;
reset role;
set local role app_owner;
select is(tap.touched('update app.audit_chain set kid = ''x'''), 0::bigint, 'not even the owner changes a seal');
select is(tap.touched('delete from app.audit_chain'), 0::bigint, 'or takes one out');
select is(tap.touched('update app.audit_event set payload = ''{}'''), 0::bigint, 'or changes an event');
select is(tap.touched('delete from app.audit_event'), 0::bigint, 'or takes one out');
reset role;

-- Nothing the sealer asks twice a second, and no page of the log, grows with the trail.
insert into app.audit_event (event_type) select 'test.many' from generate_series(1, 20000);
insert into app.audit_chain (seq, event_id, prev, hash, sig, kid)
select 3 + row_number() over (order by id), id, decode(tap.bytes(1), 'hex'), decode(tap.bytes(1), 'hex'), decode(tap.bytes(1), 'hex'), 'k1' from app.audit_event where event_type = 'test.many';
insert into app.audit_pending (event_id) select event_id from app.audit_chain where seq > 18000;
analyze app.audit_event;
analyze app.audit_chain;
analyze app.audit_pending;
select format('prepare %I as %s', name, text) from tap.statement where name in ('audit_unsealed', 'audit_sealed', 'audit_list') \gexec
select tap.settings_of('app_audit');
set local search_path = tap, app, pg_catalog;
set local role app_audit;
select is_empty(format('select * from tap.growing(tap.plan_of(%L))', call), 'nothing grows with the trail: ' || call)
from (values (tap.call('audit_unsealed', '{"limit": 1000}')), (tap.call('audit_sealed', '{"after": 19000, "limit": 1000}'))) as c (call);
reset role;
set local role app_user;
select tap.become('root');
select is_empty(format('select * from tap.growing(tap.plan_of(%L))', call), 'nothing grows with the trail: ' || call)
from (values (tap.call('audit_list', '{"before": "ffffffff-ffff-ffff-ffff-ffffffffffff", "limit": 50}')), (tap.call('audit_sealed', '{"after": 100, "limit": 1000}'))) as c (call);
reset role;
select * from finish();
rollback;

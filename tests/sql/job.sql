-- Jobs: who may do what with them, and what a claim, a lease and a fence are worth.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();

-- What app_job is let do, and nothing else: a runner reaches no table.
select is_empty($$
	select c.relname, p from pg_class c, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
	where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and (has_table_privilege('app_job', c.oid, p) or has_any_column_privilege('app_job', c.oid, replace(p, 'DELETE', 'INSERT')))
$$, 'app_job reads and writes no table');
select set_eq($$
	select p.proname::text from pg_proc p where p.pronamespace = 'app'::regnamespace and has_function_privilege('app_job', p.oid, 'execute')
$$, array['job_add', 'job_claim', 'job_hold', 'job_finish', 'job_fail', 'job_yield', 'job_tick', 'job_depth', 'job_prune', 'session_expire', 'link_expire', 'invite_expire',
	'key_expire', 'webhook_begin', 'webhook_end', 'webhook_sweep', 'keys_rotate_due'], 'it calls what runners call');
select is_empty($$
	select p.proname from pg_proc p where p.pronamespace = 'app'::regnamespace and p.proname like 'job\_%' and p.proname <> 'job_add' and has_function_privilege('app_user', p.oid, 'execute')
	union all select p.proname from pg_proc p where p.pronamespace = 'app'::regnamespace and p.proname like 'job\_%' and has_function_privilege('app_auth', p.oid, 'execute')
$$, 'and nobody else does');
delete from job;

create function tap.claim() returns setof record language sql as
$$ select c.id, c.attempt, c.fence from app.job_claim('{one,two}', '{3,1}', '{60,60}', 'test') c $$;
create function tap.state(p_kind text) returns text language sql stable as $$ select state from app.job where kind = p_kind $$;
grant execute on function tap.claim() to app_job;
-- A lease that is over, without waiting for it.
create function tap.lapse() returns void language sql as $$ update app.job set lease_until = now() - interval '1 second' where state = 'running' $$;

-- Adding: by whoever does something that needs work, once for a key.
set local session authorization app_user;
select tap.become('ada');
select isnt(job_add('one', '{"a": 1}'), null, 'a person''s statement asks for work');
select is(job_add('two', p_key => 'k'), job_add('two', p_key => 'k'), 'the same key is the same job');
select throws_ok($$select job_add('one', '[]')$$, '23514', null, 'a payload is an object');
select throws_ok($$select job_add('One')$$, '23514', null, 'a kind is a plain word');
select is_empty('select id from job', 'a person sees no job, not even one he caused');
select throws_ok('select payload from job', '42501', null, 'and nobody what is in it');
select throws_ok($$insert into job (kind) values ('one')$$, '42501', null, 'nor adds one behind the queue''s back');
select throws_ok($$delete from job$$, '42501', null, 'or takes one away');
select throws_ok($$select job_claim('{one}', '{1}', '{1}', 'x')$$, '42501', null, 'and claims none');
reset session authorization;
select results_eq('select kind, namespace_id = (select namespace from tap.who where name = ''ada''), payload from job order by kind',
	$$values ('one', true, '{"a": 1}'::jsonb), ('two', true, '{}')$$, 'it is in the namespace of who caused it');

-- Claiming: what has waited longest, of the kinds asked for, each by one.
set local session authorization app_job;
select is_empty($$select * from job_claim('{three}', '{1}', '{1}', 'x')$$, 'a kind that a runner does not know is left to one who does');
reset session authorization;
update job set run_at = now() + interval '1 hour' where kind = 'one';
set local session authorization app_job;
select results_eq('select attempt, fence from tap.claim() as (id uuid, attempt integer, fence bigint)', 'values (1, 1::bigint)', 'what is due is claimed');
select is_empty('select attempt from tap.claim() as (id uuid, attempt integer, fence bigint)', 'once; and what is not due yet is not');
reset session authorization;
select id as two from job where kind = 'two' \gset
select id as one from job where kind = 'one' \gset

-- The fence: only the last claim counts.
set local session authorization app_job;
select ok(job_hold(:'two', 1, 60), 'who holds the lease renews it');
select throws_ok(format('select job_hold(%L, 2, 60)', :'two'), 'LA409', null, 'nobody else does');
select throws_ok(format('select job_finish(%L, 0)', :'two'), 'LA409', null, 'nor finishes');
select is_empty(format('select job_fail(%L, 0, ''x'', 0)', :'two'), 'nor fails');
select is_empty(format('select job_yield(%L, 0)', :'two'), 'nor gives back');
select results_eq(format('select state from job_yield(%L, 1)', :'two'), array['queued'], 'who holds it does give it back');
select results_eq('select attempt, fence from tap.claim() as (id uuid, attempt integer, fence bigint)', 'values (1, 2::bigint)', 'and the attempt is not counted');
select ok(job_finish(:'two', 2), 'or finishes');
select throws_ok(format('select job_finish(%L, 2)', :'two'), 'LA409', null, 'once');
reset session authorization;
select is(tap.state('two'), 'done', 'then it is done');
select is(job_add('two', p_key => 'k'), :'two', 'and its key is still taken');

-- Leases that are over, and attempts that are used up.
update job set run_at = now() where kind = 'one';
set local session authorization app_job;
select results_eq('select attempt, fence from tap.claim() as (id uuid, attempt integer, fence bigint)', 'values (1, 1::bigint)', 'a first attempt');
select results_eq(format('select state from job_fail(%L, 1, ''timeout'', -60000)', :'one'), array['queued'], 'that fails, goes back');
select results_eq('select attempt, fence from tap.claim() as (id uuid, attempt integer, fence bigint)', 'values (2, 2::bigint)', 'a second attempt');
reset session authorization;
select tap.lapse();
set local session authorization app_job;
select results_eq('select attempt, fence from tap.claim() as (id uuid, attempt integer, fence bigint)', 'values (3, 3::bigint)', 'whose lease is over, is claimed again');
select throws_ok(format('select job_finish(%L, 2)', :'one'), 'LA409', null, 'and the one who lost it cannot end it');
reset session authorization;
select tap.lapse();
set local session authorization app_job;
select is_empty('select attempt from tap.claim() as (id uuid, attempt integer, fence bigint)', 'nobody gets one whose last attempt is over');
reset session authorization;
select results_eq($$select state, last_error, attempts, lease_until, finished_at is not null from job where kind = 'one'$$,
	$$values ('dead', 'lease_lost', 3, null::timestamptz, true)$$, 'it is dead');
select results_eq($$select payload from audit_event where event_type = 'job.died'$$, $$values ('{"kind": "one", "error": "lease_lost"}'::jsonb)$$, 'and the trail tells');

-- The admin: sees, and sends back what is dead; nothing else, and nobody else.
set local session authorization app_user;
select tap.become('ada');
select is_empty($$update job set state = 'queued', finished_at = null returning id$$, 'others send nothing back');
select tap.become('root');
select results_eq('select kind, state from job order by kind', $$values ('one', 'dead'), ('two', 'done')$$, 'an admin sees every job');
select is_empty($$update job set state = 'queued', finished_at = null where kind = 'two' returning id$$, 'what is done stays so');
select throws_ok($$update job set state = 'done' where kind = 'one'$$, '42501', null, 'what is dead is not made done');
select throws_ok($$update job set fence = 0$$, '42501', null, 'the fence is not his');
select throws_ok($$update job set payload = '{}'$$, '42501', null, 'nor what is to be done');
select results_eq($$update job set state = 'queued', attempts = 0, run_at = now(), finished_at = null where kind = 'one' returning attempts$$, array[0], 'the dead go back to the queue');
select tap.nobody();
set local session authorization app_job;
select results_eq('select attempt, fence from tap.claim() as (id uuid, attempt integer, fence bigint)', 'values (1, 4::bigint)', 'with all their attempts and a fence that still grows');
select results_eq(format('select state from job_fail(%L, 4, ''x'', 1000)', :'one'), array['queued'], 'it fails again');
select is_empty('select attempt from tap.claim() as (id uuid, attempt integer, fence bigint)', 'and waits as long as it is told');
reset session authorization;
select is((select round(extract(epoch from run_at - clock_timestamp())) from job where kind = 'one'), 1::numeric, 'a second here');

-- A last attempt that fails.
update job set attempts = 3 where kind = 'one';
update job set state = 'running', lease_until = now() + interval '1 minute', fence = 9 where kind = 'one';
select results_eq(format('select state from job_fail(%L, 9, ''timeout'', 0)', :'one'), array['dead'], 'a last attempt that fails is the end');
select results_eq($$select state, last_error, finished_at is not null from job where kind = 'one'$$, $$values ('dead', 'timeout', true)$$, 'with its reason');

-- Periods: once each, whoever asks; what went by is not made up for.
delete from job;
create function tap.tick() returns bigint language sql as $$ select app.job_tick('{hourly,daily}', '{3600,86400}') $$;
select is(tap.tick(), 2::bigint, 'each kind is queued for its period');
select is(tap.tick(), 0::bigint, 'once');
select results_eq($$select kind, namespace_id, unique_key = 'period ' || floor(extract(epoch from now()) / case kind when 'hourly' then 3600 else 86400 end) from job order by kind$$,
	$$values ('daily', null::uuid, true), ('hourly', null, true)$$, 'by the number of the period, in no namespace');
update job set unique_key = 'period 1' where kind = 'hourly';
select is(tap.tick(), 0::bigint, 'none is added while an earlier one waits');
update job set state = 'done', finished_at = now() where kind = 'hourly';
select is(tap.tick(), 1::bigint, 'only the period that is, after however many that were missed');
update job set state = 'dead', finished_at = now(), unique_key = 'period 2' where state = 'queued' and kind = 'hourly';
select is(tap.tick(), 1::bigint, 'a dead one does not hold up the next');

-- Depth and pruning.
delete from job;
select results_eq('select * from job_depth()', $$values (0::bigint, 0::bigint, 0::bigint, 0::bigint)$$, 'an empty queue is empty');
insert into job (kind, state, run_at, lease_until, finished_at) values ('one', 'queued', now() - interval '7 seconds', null, null), ('one', 'queued', now() + interval '1 day', null, null),
	('one', 'running', now(), now() + interval '1 day', null), ('one', 'dead', now(), null, now() - interval '8 days'), ('two', 'done', now(), null, now() - interval '8 days'),
	('two', 'done', now(), null, now() - interval '6 days');
select results_eq('select * from job_depth()', $$values (2::bigint, 1::bigint, 1::bigint, 7::bigint)$$, 'what waits, runs and is dead, and for how long the first could have been claimed');
select is(job_prune(7), 2::bigint, 'what ended long ago goes, done or dead');
select is((select count(*) from job), 4::bigint, 'the rest stays');

select * from finish();
rollback;

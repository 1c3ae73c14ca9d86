-- Webhooks: who sees what of them, what makes a delivery, and what becomes of it.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();

-- Who may do what.
set local session authorization app_user;
select tap.become('root');
insert into webhook (id, url, events, secret) values ('00000000-0000-7000-8000-00000000aa01', 'https://a.example/secret/path', '{key.issued,key.rotated,webhook.created}', 'sealed');
insert into webhook (id, only_namespace_id, url, events, secret)
	values ('00000000-0000-7000-8000-00000000aa02', '00000000-0000-7000-8000-00000000000b', 'https://b.example/', '{key.issued}', 'sealed');
insert into webhook (id, url, events, secret, active) values ('00000000-0000-7000-8000-00000000aa03', 'https://c.example/', '{key.issued}', 'sealed', false);
select is((select count(*) from webhook), 3::bigint, 'an admin makes and sees webhooks');
select throws_ok('select secret from webhook', '42501', null, 'but not even he reads a secret again');
select throws_ok('select body from webhook_delivery', '42501', null, 'nor what a delivery carries');
select throws_ok($$insert into webhook (id, url, events, secret, created_by) values (uuid7(), 'x', '{a.b}', 's', tap.id('ada'))$$, '42501', null, 'nor makes one in somebody else''s name');
select throws_ok($$insert into webhook_delivery (webhook_id, event_id, event, body) values ('00000000-0000-7000-8000-00000000aa01', uuid7(), 'a.b', '{}')$$,
	'42501', null, 'nor a delivery by hand');
select throws_ok('delete from webhook_delivery', '42501', null, 'nor takes one away');
select throws_ok('select * from webhook_begin(uuid7(), uuid7())', '42501', null, 'nor begins an attempt');
select throws_ok('select * from webhook_seen', '42501', null, 'nor sees what came in');
select tap.become('ada');
select is_empty('select id from webhook', 'anybody else sees none');
select is(tap.touched('update webhook set active = false'), 0::bigint, 'changes none');
select is(tap.touched('delete from webhook'), 0::bigint, 'deletes none');
select throws_ok($$insert into webhook (id, url, events, secret) values (uuid7(), 'x', '{a.b}', 's')$$, '42501', null, 'makes none');
select is_empty($$select * from webhook_test('00000000-0000-7000-8000-00000000aa01')$$, 'and tests none');
select is_empty('select event_id from webhook_delivery', 'and sees no delivery');

-- What happens makes deliveries, with a job each, in its transaction; nothing else does.
select ok(audit('key.issued', uuid7(), '{"prefix":"la_x"}'), 'something happens in the namespace default');
select ok(audit('key.revoked', uuid7()), 'something happens that nobody wants to hear of');
select ok(audit('webhook.created', uuid7()), 'something happens to a webhook');
reset session authorization;
select results_eq('select webhook_id::text, event, state from webhook_delivery', $$values ('00000000-0000-7000-8000-00000000aa01', 'key.issued', 'pending')$$,
	'one delivery: not for a webhook of another namespace, nor for one that is off');
select results_eq($$select payload ->> 'webhook_id', payload ->> 'event_id' from job where kind = 'webhook_send'$$,
	'select webhook_id::text, event_id::text from webhook_delivery', 'and a job for it');
select is(body, '{"event":"key.issued","id":"' || event_id || '","occurred_at":"' || rfc3339((select recorded_at from audit_event where id = event_id))
	|| '","namespace_id":"' || (select namespace from tap.who where name = 'ada') || '","actor_id":"' || tap.id('ada') || '","entity_id":"'
	|| (select entity_id from audit_event where id = event_id) || '","payload":{"prefix": "la_x"}}', 'it carries the event as the trail has it') from webhook_delivery;
savepoint undone;
select audit('key.issued', uuid7());
select is((select count(*) from webhook_delivery), 2::bigint, 'another event, another delivery');
rollback to undone;
select is((select count(*) from webhook_delivery), 1::bigint, 'that is gone when the event did not happen after all');
set local session authorization app_user;
select tap.become('eve');
select ok(audit('key.issued', uuid7()), 'something happens in the other namespace');
reset session authorization;
select results_eq('select webhook_id::text from webhook_delivery where body like ''%' || tap.id('eve') || '%'' order by 1',
	$$values ('00000000-0000-7000-8000-00000000aa01'), ('00000000-0000-7000-8000-00000000aa02')$$, 'which the webhook of that namespace hears of too');
delete from webhook_delivery;

-- A key that takes another's place is told in the shape that other installations read; never the key itself.
insert into api_key (id, principal_id, name, prefix, hash, rotated_from)
select '00000000-0000-7000-8000-00000000bb02', tap.id('ada'), 'n', 'la_abcdefgh', repeat('a', 64), (select id from api_key where name = 'key of ada');
set local session authorization app_user;
select tap.become('ada');
select ok(audit('key.rotated', '00000000-0000-7000-8000-00000000bb02', '{}'), 'a key is rotated');
reset session authorization;
select is(body, '{"event":"key.rotated","key_id":"00000000-0000-7000-8000-00000000bb02","previous_key_id":"' || (select id from api_key where name = 'key of ada')
	|| '","rotated_at":"' || rfc3339((select recorded_at from audit_event where id = event_id))
	|| '","scope":{"type":"namespace","namespace":"default"},"owner":"default","key_prefix":"la_abcdefgh","new_rota_id":"00000000-0000-7000-8000-00000000bb02"}',
	'its message has these fields, in this order, without blanks') from webhook_delivery;
select ok(body not like '%' || repeat('a', 64) || '%', 'and not even the hash of the key') from webhook_delivery;

-- The event may say more of it than the key does, or the key may not be there yet.
create function tap.body(p_entity uuid, p_payload jsonb) returns text language plpgsql as
$$
declare
	said text;
begin
	perform app.audit('key.rotated', p_entity, p_payload);
	delete from app.webhook_delivery where body like '%' || p_entity || '%' returning body into said;
	return said;
end
$$;
select matches(tap.body(x, jsonb_build_object('key_id', x, 'owner', 'x', 'scope', '{"type":"model_access","namespace":"x","model_id":"m: 1"}'::jsonb, 'more', 1)),
	'^\{"event":"key.rotated","key_id":"' || x || '","rotated_at":"[^"]+","scope":\{"type":"model_access","namespace":"x","model_id":"m: 1"\},"owner":"x"\}$',
	'what the event says goes before what the key says, and nothing else of it is told') from uuid7() x;
select matches(tap.body(x, '{}'), '^\{"event":"key.rotated","id":"[^"]+","occurred_at":.*"entity_id":"' || x || '","payload":\{\}\}$',
	'a key that neither knows is told like any event: nothing fails because somebody listens') from uuid7() x;

-- An attempt: begun, failed, planned again; ten of them.
create function tap.nine_fail(p_hook uuid, p_event uuid) returns text[] language plpgsql as
$$
declare
	said text[];
begin
	for n in 2..10 loop
		perform app.webhook_begin(p_hook, p_event);
		said := said || app.webhook_end(p_hook, p_event, false, null, 'nobody answers there');
	end loop;
	return said;
end
$$;
grant execute on function tap.nine_fail(uuid, uuid) to app_job;
select webhook_id as hook, event_id as event from webhook_delivery \gset
set local session authorization app_job;
select results_eq(format('select url, secret, attempt from webhook_begin(%L, %L)', :'hook', :'event'), $$values ('https://a.example/secret/path', 'sealed', 1)$$,
	'a runner begins the first attempt, and gets what it needs');
select is(webhook_end(:'hook', :'event', false, 500, 'it answered 500'), 'pending', 'that fails, and is planned again');
reset session authorization;
select results_eq('select attempt, status_code, error, next_at - clock_timestamp() between interval ''7 seconds'' and interval ''10 seconds'' from webhook_delivery',
	$$values (1, 500, 'it answered 500', true)$$, 'in about ten seconds');
select ok((select max(run_at) from job where kind = 'webhook_send') = (select next_at from webhook_delivery), 'by a job of that time');
select is((select count(*) from audit_event where event_type in ('webhook.failed', 'webhook.delivered')), 0::bigint, 'the trail has nothing of it yet');
set local session authorization app_job;
select is(tap.nine_fail(:'hook', :'event'), array_fill('pending'::text, array[8]) || 'dead'::text, 'eight more fail, and the tenth is the last');
select is_empty(format('select * from webhook_begin(%L, %L)', :'hook', :'event'), 'what is dead is not begun');
select is(webhook_end(:'hook', :'event', true, 200, null), null, 'nor ended');
reset session authorization;
select results_eq('select state, attempt, status_code, error, next_at from webhook_delivery', $$values ('dead', 10, null::integer, 'nobody answers there', null::timestamptz)$$, 'it is dead');
select results_eq($$select payload ->> 'event_id', payload ->> 'attempts', payload ->> 'error' from audit_event where event_type = 'webhook.failed'$$,
	format('values (%L, ''10'', ''nobody answers there'')', :'event'), 'which the trail has');
select ok(min(w) >= 0.75 * 10 * 2160 ^ ((n - 1) / 8.0) and max(w) <= 10 * 2160 ^ ((n - 1) / 8.0) + 0.001 and max(w) - min(w) > 0, 'the wait after attempt ' || n || ' grows, and differs')
	from generate_series(1, 9) n, lateral (select webhook_wait_s(n + i * 0) w from generate_series(1, 50) i) x group by n order by n;

-- Sent again by an admin, and delivered this time.
set local session authorization app_user;
select tap.become('ada');
select is(tap.touched('update webhook_delivery set state = ''pending'', attempt = 0, next_at = now()'), 0::bigint, 'nobody else sends it again');
select tap.become('root');
select is(tap.touched('update webhook_delivery set state = ''pending'', attempt = 0, next_at = now()'), 1::bigint, 'an admin does');
select is(tap.touched('update webhook_delivery set state = ''dead'', next_at = null'), 0::bigint, 'and gives none up by hand');
set local session authorization app_job;
select is((select attempt from webhook_begin(:'hook', :'event')), 1, 'it begins anew');
select is(webhook_end(:'hook', :'event', true, 204, null), 'delivered', 'and is taken');
select is(webhook_end(:'hook', :'event', false, 500, 'x'), null, 'once');
select is_empty(format('select * from webhook_begin(%L, %L)', :'hook', :'event'), 'what is delivered is not begun');
reset session authorization;
select results_eq('select state, status_code, error, delivered_at is not null from webhook_delivery', $$values ('delivered', 204, null::text, true)$$, 'it is delivered');
select results_eq($$select payload ->> 'event_id', payload ->> 'status_code' from audit_event where event_type = 'webhook.delivered'$$,
	format('values (%L, ''204'')', :'event'), 'which the trail has');
select is((select count(*) from webhook_delivery), 1::bigint, 'and of which no webhook is told');

-- What may not be sent any more is given up when its turn comes.
create function tap.given_up() returns text language plpgsql as
$$
begin
	update app.webhook_delivery set state = 'pending', attempt = 0, next_at = now(), delivered_at = null;
	perform app.webhook_begin(webhook_id, event_id) from app.webhook_delivery;
	return (select state || ': ' || coalesce(error, '') from app.webhook_delivery);
end
$$;
select is(tap.given_up(), 'pending: ', 'as long as its owner is an admin it is sent');
update principal set role = 'pro' where id = tap.id('root');
select matches(tap.given_up(), '^dead: the webhook is switched off, or its owner is no admin', 'no more when he is none');
update principal set role = 'admin', disabled_at = now() where id = tap.id('root');
select matches(tap.given_up(), '^dead: the webhook is switched off', 'nor when he is shut out');
update principal set disabled_at = null where id = tap.id('root');
update webhook set active = false where id = :'hook';
select matches(tap.given_up(), '^dead: the webhook is switched off', 'nor when the webhook is off');
update webhook set active = true where id = :'hook';
update webhook_delivery set state = 'pending', attempt = 10, next_at = now();
select is_empty(format('select * from webhook_begin(%L, %L)', :'hook', :'event'), 'a tenth attempt whose runner died');
select results_eq('select state, error from webhook_delivery', $$values ('dead', 'the last attempt was broken off')$$, 'was the last');

-- A test reaches one webhook, also one that is off.
set local session authorization app_user;
select tap.become('root');
select isnt_empty($$select * from webhook_test('00000000-0000-7000-8000-00000000aa03')$$, 'an admin tests a webhook');
reset session authorization;
select webhook_id as off, event_id as test from webhook_delivery where event = 'webhook.tested' \gset
select is(:'off'::text, '00000000-0000-7000-8000-00000000aa03', 'that one alone');
set local session authorization app_job;
select isnt_empty(format('select * from webhook_begin(%L, %L)', :'off', :'test'), 'and it is sent although the webhook is off');
reset session authorization;

-- The broom: lost jobs are planned again, old rows go, what waits is counted.
update webhook_delivery set next_at = now() - interval '14 minutes' where event_id = :'test';
delete from job;
select is(webhook_sweep(), 1::bigint, 'one waits');
select is_empty($$select id from job$$, 'a runner may still be at it');
update webhook_delivery set next_at = now() - interval '16 minutes' where event_id = :'test';
select is(webhook_sweep(), 1::bigint, 'after a quarter of an hour');
select results_eq($$select payload ->> 'event_id' from job$$, array[:'test'], 'it is planned again');
select is(webhook_sweep(), 1::bigint, 'but not');
select is((select count(*) from job), 1::bigint, 'with every sweep');
update webhook_delivery set created_at = now() - interval '31 days';
select is(webhook_sweep(), 1::bigint, 'what still waits');
select results_eq('select event_id::text from webhook_delivery', array[:'test'], 'stays, and what was over a month ago goes');

-- What comes in counts once: by its id, and by its bytes.
set local session authorization app_user;
select tap.nobody();
select ok(webhook_receive('one', 'digest 1', now() - interval '30 days', '{"key_id":"x"}'), 'a signed message with an id may be late: its timestamp was looked at');
select throws_ok($$select webhook_receive('one', 'digest 2', now(), '{}')$$, 'LA409', null, 'its id counts once');
select throws_ok($$select webhook_receive('two', 'digest 1', now(), '{}')$$, 'LA409', null, 'its bytes count once, under whatever id');
select throws_ok($$select webhook_receive(null, 'digest 1', now(), '{}')$$, 'LA409', null, 'or without');
select ok(webhook_receive('two', 'digest 2', now(), '{}'), 'what was refused left nothing behind');
select ok(webhook_receive(null, 'digest 3', now(), '{}'), 'a message without an id counts');
select throws_ok($$select webhook_receive(null, 'digest 3', now(), '{}')$$, 'LA409', null, 'once');
select ok(not webhook_receive(null, 'digest 4', now() - interval '1 day', '{}'), 'and only within a day');
select ok(not webhook_receive(null, 'digest 5', now() + interval '10 minutes', '{}'), 'not ahead of its time');
reset session authorization;
select results_eq($$select count(*), count(actor_id) from audit_event where event_type = 'webhook.received'$$, 'values (3::bigint, 0::bigint)', 'each leaves one trace, in nobody''s name');
update webhook_seen set seen_at = now() - interval '25 hours';
select ok(webhook_receive('one', 'digest 1', now(), '{}'), 'after a day it is forgotten: its timestamp is too old by then');
select is((select count(*) from webhook_seen), 2::bigint, 'and nothing piles up');

select * from finish();
rollback;

-- Webhooks are made, seen and changed by admins. Deliveries are written by what happens and moved on by the runners; an admin sees them, without what they
-- carry, and sends a dead one again. The sealed secret is read by the runners' function alone.

drop policy if exists webhook_read on app.webhook;
create policy webhook_read on app.webhook for select to app_user using ((select app.actor_role()) = 'admin');
drop policy if exists webhook_add on app.webhook;
create policy webhook_add on app.webhook for insert to app_user with check ((select app.actor_role()) = 'admin' and created_by = (select app.actor()));
drop policy if exists webhook_change on app.webhook;
create policy webhook_change on app.webhook for update to app_user
	using ((select app.actor_role()) = 'admin') with check ((select app.actor_role()) = 'admin');
drop policy if exists webhook_remove on app.webhook;
create policy webhook_remove on app.webhook for delete to app_user using ((select app.actor_role()) = 'admin');
grant select (id, only_namespace_id, created_by, url, events, active, created_at), insert (id, only_namespace_id, url, events, secret, active),
	update (url, events, active), delete on app.webhook to app_user;

drop policy if exists webhook_delivery_read on app.webhook_delivery;
create policy webhook_delivery_read on app.webhook_delivery for select to app_user using ((select app.actor_role()) = 'admin');
drop policy if exists webhook_delivery_again on app.webhook_delivery;
create policy webhook_delivery_again on app.webhook_delivery for update to app_user
	using ((select app.actor_role()) = 'admin' and state = 'dead') with check ((select app.actor_role()) = 'admin' and state = 'pending');
grant select (webhook_id, event_id, event, state, attempt, next_at, status_code, error, created_at, delivered_at), update (state, attempt, next_at)
	on app.webhook_delivery to app_user;

create or replace function app.rfc3339(p_at timestamptz) returns text
language sql stable set search_path = pg_catalog, app as
$$ select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- What is told of a key that takes another's place: from the event where that has it, else from the key; null where neither does.
create or replace function app.webhook_rotation(e app.audit_event) returns jsonb
language sql stable set search_path = pg_catalog, app as
$$
	select case when e.payload ? 'key_id' then e.payload else (
		select jsonb_build_object('key_id', k.id, 'previous_key_id', k.rotated_from, 'key_prefix', k.prefix, 'new_rota_id', k.id,
			'owner', case p.role when 'admin' then 'admin' else n.name end,
			'scope', case p.role when 'admin' then '{"type":"admin"}' else jsonb_build_object('type', 'namespace', 'namespace', n.name) end)
		from app.api_key k join app.principal p on p.id = k.principal_id join app.namespace n on n.id = p.namespace_id where k.id = e.entity_id) end
	where e.event_type = 'key.rotated'
$$;

-- Compact JSON of what is not null, in this order: bytes that are signed must be the same whoever writes them.
create or replace function app.webhook_fields(variadic p_fields text[]) returns text
language sql immutable set search_path = pg_catalog, app as
$$
	select '{' || string_agg(to_json(p_fields[n]) || ':' || p_fields[n + 1], ',' order by n) || '}'
	from generate_series(1, cardinality(p_fields), 2) n where p_fields[n + 1] is not null
$$;

-- What a receiver is told of an event.
create or replace function app.webhook_body(e app.audit_event) returns text
language sql stable set search_path = pg_catalog, app as
$$
	select case when r is null then app.webhook_fields(
		'event', to_json(e.event_type)::text, 'id', to_json(e.id)::text, 'occurred_at', to_json(app.rfc3339(e.recorded_at))::text,
		'namespace_id', coalesce(to_json(e.namespace_id)::text, 'null'), 'actor_id', coalesce(to_json(e.actor_id)::text, 'null'),
		'entity_id', coalesce(to_json(e.entity_id)::text, 'null'), 'payload', e.payload::text)
	else app.webhook_fields(
		'event', to_json(e.event_type)::text, 'key_id', (r -> 'key_id')::text, 'previous_key_id', (r -> 'previous_key_id')::text,
		'rotated_at', to_json(app.rfc3339(e.recorded_at))::text,
		'scope', app.webhook_fields('type', (r #> '{scope,type}')::text, 'namespace', (r #> '{scope,namespace}')::text, 'model_id', (r #> '{scope,model_id}')::text),
		'owner', (r -> 'owner')::text, 'key_prefix', (r -> 'key_prefix')::text, 'new_rota_id', (r -> 'new_rota_id')::text)
	end
	from (values (app.webhook_rotation(e))) as known (r)
$$;

create or replace function app.webhook_plan(p_webhook uuid, p_event uuid, p_at timestamptz) returns uuid
language sql volatile set search_path = pg_catalog, app as
$$ select app.job_add('webhook_send', jsonb_build_object('webhook_id', p_webhook, 'event_id', p_event), p_at) $$;

-- An event of no consequence, for one webhook, whether it is active or not.
create or replace function app.webhook_test(p_id uuid) returns setof uuid
language sql volatile security definer set search_path = pg_catalog, app as
$$
	with made as (
		insert into app.webhook_delivery (webhook_id, event_id, event, body)
		select id, e, 'webhook.tested', '{"event":"webhook.tested","id":"' || e || '","occurred_at":"' || app.rfc3339(now()) || '","webhook_id":"' || id || '"}'
		from app.webhook, app.uuid7() e where id = p_id and app.actor_role() = 'admin' returning webhook_id, event_id)
	select event_id from made
	where app.webhook_plan(webhook_id, event_id, now()) is not null and app.audit('webhook.tested', webhook_id, jsonb_build_object('event_id', event_id))
$$;

-- Begins an attempt and gives what it needs. No row: there is nothing to be sent any more. A receiver hears what its owner may see: he must be an admin
-- still when it is sent.
create or replace function app.webhook_begin(p_webhook uuid, p_event uuid) returns table (url text, secret text, body text, attempt integer)
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	d app.webhook_delivery;
	w app.webhook;
begin
	select * into d from app.webhook_delivery t where t.webhook_id = p_webhook and t.event_id = p_event and t.state = 'pending' for update;
	if not found then
		return;
	end if;
	select h.* into w from app.webhook h join app.principal p on p.id = h.created_by
	where h.id = p_webhook and (h.active or d.event = 'webhook.tested') and p.role = 'admin' and p.disabled_at is null;
	if not found then
		perform app.webhook_bury(p_webhook, p_event, 'the webhook is switched off, or its owner is no admin any more');
	elsif d.attempt >= 10 then
		perform app.webhook_bury(p_webhook, p_event, 'the last attempt was broken off');
	else
		update app.webhook_delivery t set attempt = t.attempt + 1, next_at = clock_timestamp() where t.webhook_id = p_webhook and t.event_id = p_event;
		return query select w.url, w.secret, d.body, d.attempt + 1;
	end if;
end
$$;

create or replace function app.webhook_bury(p_webhook uuid, p_event uuid, p_error text) returns boolean
language sql volatile set search_path = pg_catalog, app as
$$
	with buried as (
		update app.webhook_delivery set state = 'dead', next_at = null, error = p_error where webhook_id = p_webhook and event_id = p_event
		returning webhook_id, event_id, event, attempt, status_code)
	select app.audit('webhook.failed', webhook_id, jsonb_build_object('event_id', event_id, 'event', event, 'attempts', attempt, 'error', p_error)) from buried
$$;

-- Seconds from a failed attempt to the next: from ten to six hours in nine steps, up to a quarter less by chance.
create or replace function app.webhook_wait_s(p_attempt integer) returns double precision
language sql volatile set search_path = pg_catalog, app as
$$ select least(21600, 10 * 2160 ^ ((p_attempt - 1) / 8.0))::double precision * (1 - random() / 4) $$;

-- Ends an attempt: delivered, planned again, or dead after the tenth.
create or replace function app.webhook_end(p_webhook uuid, p_event uuid, p_ok boolean, p_status integer, p_error text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	d app.webhook_delivery;
	again timestamptz;
begin
	update app.webhook_delivery set status_code = p_status, error = p_error where webhook_id = p_webhook and event_id = p_event and state = 'pending'
	returning * into d;
	if not found then
		return null;
	elsif p_ok then
		update app.webhook_delivery set state = 'delivered', next_at = null, delivered_at = clock_timestamp() where webhook_id = p_webhook and event_id = p_event;
		perform app.audit('webhook.delivered', p_webhook,
			jsonb_build_object('event_id', p_event, 'event', d.event, 'attempts', d.attempt, 'status_code', p_status));
		return 'delivered';
	elsif d.attempt >= 10 then
		perform app.webhook_bury(p_webhook, p_event, p_error);
		return 'dead';
	end if;
	again := clock_timestamp() + make_interval(secs => app.webhook_wait_s(d.attempt));
	update app.webhook_delivery set next_at = again where webhook_id = p_webhook and event_id = p_event;
	perform app.webhook_plan(p_webhook, p_event, again);
	return 'pending';
end
$$;

-- Plans anew what has been overdue for a quarter of an hour, since its job must have been lost, and lets go of what was over a month ago. How many wait.
create or replace function app.webhook_sweep() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	late record;
begin
	for late in
		update app.webhook_delivery set next_at = now() where state = 'pending' and next_at < now() - interval '15 minutes' returning webhook_id, event_id
	loop
		perform app.webhook_plan(late.webhook_id, late.event_id, now());
	end loop;
	delete from app.webhook_delivery where (webhook_id, event_id) in (
		select webhook_id, event_id from app.webhook_delivery where state <> 'pending' and created_at < now() - interval '30 days' limit 10000);
	delete from app.webhook_seen where seen_at < now() - interval '1 day';
	return (select count(*) from app.webhook_delivery where state = 'pending');
end
$$;

-- A signed message that came in counts once: not again under its id, nor with its bytes, for a day. One without an id must be of today, so that it
-- cannot come again later.
create or replace function app.webhook_receive(p_id text, p_digest text, p_rotated_at timestamptz, p_payload jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	keys text[] := array_remove(array['body ' || p_digest, 'id ' || p_id], null);
	fresh integer;
begin
	if p_id is null and p_rotated_at not between now() - interval '86000 seconds' and now() + interval '300 seconds' then
		return false;
	end if;
	delete from app.webhook_seen where seen_at < now() - interval '1 day';
	insert into app.webhook_seen (key) select unnest(keys) order by 1 on conflict do nothing;
	get diagnostics fresh = row_count;
	if fresh < cardinality(keys) then
		raise exception 'it has come before' using errcode = 'LA409';
	end if;
	return app.audit_as(null, 'webhook.received', null, p_payload);
end
$$;

revoke all on function app.rfc3339(timestamptz), app.webhook_rotation(app.audit_event), app.webhook_fields(text[]), app.webhook_body(app.audit_event), app.webhook_plan(uuid, uuid, timestamptz),
	app.webhook_test(uuid), app.webhook_begin(uuid, uuid), app.webhook_bury(uuid, uuid, text), app.webhook_wait_s(integer),
	app.webhook_end(uuid, uuid, boolean, integer, text), app.webhook_sweep(), app.webhook_receive(text, text, timestamptz, jsonb) from public;
grant execute on function app.webhook_test(uuid), app.webhook_receive(text, text, timestamptz, jsonb) to app_user;
grant execute on function app.webhook_begin(uuid, uuid), app.webhook_end(uuid, uuid, boolean, integer, text), app.webhook_sweep() to app_job;

-- Webhooks: what an admin does with them, what the runners do, and what comes in. The trail names the host of a URL only: the rest of it may be a secret.

-- name: webhook_list   programs: api
select id, only_namespace_id, created_by, url, events, active, created_at from webhook where id < :before::uuid order by id desc limit :limit::bigint + 1;

-- name: webhook_get   programs: api
select id, only_namespace_id, created_by, url, events, active, created_at from webhook where id = :id::uuid;

-- name: webhook_create   programs: api   writes
with made as (
	insert into webhook (id, only_namespace_id, url, events, secret, active)
	values (:id::uuid, :namespace::uuid, :url::text, :events::text[], :secret::text, coalesce(:active::boolean, true))
	returning id, only_namespace_id, created_by, url, events, active, created_at)
select * from made where app.audit('webhook.created', id, jsonb_build_object('to', substring(url from '^[^/]*//[^/?]*'), 'events', events, 'active', active));

-- name: webhook_update   programs: api   writes
with changed as (
	update webhook set url = coalesce(:url::text, url), events = coalesce(:events::text[], events),
		active = coalesce(:active::boolean, active)
	where id = :id::uuid returning id, only_namespace_id, created_by, url, events, active, created_at)
select * from changed where app.audit('webhook.updated', id,
	jsonb_build_object('to', substring(url from '^[^/]*//[^/?]*'), 'events', events, 'active', active));

-- name: webhook_delete   programs: api   writes
with gone as (delete from webhook where id = :id::uuid returning id, url)
select id from gone where app.audit('webhook.deleted', id, jsonb_build_object('to', substring(url from '^[^/]*//[^/?]*')));

-- name: webhook_test   programs: api   writes
select webhook_test as event_id from app.webhook_test(:id::uuid);

-- name: delivery_list   programs: api
select event_id, event, state, attempt, status_code, error, created_at, delivered_at, next_at as next_retry_at from webhook_delivery
where webhook_id = :id::uuid and event_id < :before::uuid and (:state::text is null or state = :state)
order by event_id desc limit :limit::bigint + 1;

-- name: delivery_retry   programs: api   writes
with again as (
	update webhook_delivery set state = 'pending', attempt = 0, next_at = now() where webhook_id = :id::uuid and event_id = :event::uuid and state = 'dead'
	returning webhook_id, event_id, event, state, attempt, status_code, error, created_at, delivered_at, next_at)
select event_id, event, state, attempt, status_code, error, created_at, delivered_at, next_at as next_retry_at from again
where app.job_add('webhook_send', jsonb_build_object('webhook_id', webhook_id, 'event_id', event_id)) is not null
	and app.audit('webhook.retried', webhook_id, jsonb_build_object('event_id', event_id));

-- name: delivery_get   programs: api
select state from webhook_delivery where webhook_id = :id::uuid and event_id = :event::uuid;

-- name: rotation_receive   programs: api   writes
select app.webhook_receive(:id::text, :digest::text, :rotated_at::timestamptz, jsonb_strip_nulls(jsonb_build_object(
	'event_id', :id, 'key_id', :key::uuid, 'previous_key_id', :previous::uuid, 'owner', :owner::text, 'key_prefix', :prefix::text))) as fresh;

-- name: webhook_begin   programs: jobs   writes
select url, secret, body, attempt from app.webhook_begin(:webhook::uuid, :event::uuid);

-- name: webhook_end   programs: jobs   writes
select app.webhook_end(:webhook::uuid, :event::uuid, :ok::boolean, :status::integer, :error::text) as state;

-- name: webhook_sweep   programs: jobs   writes
select app.webhook_sweep() as waiting;

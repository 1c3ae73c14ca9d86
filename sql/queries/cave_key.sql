-- Keys that admins issue. The functions are in sql/access/cave_key.sql; a token is made by the program and shown once, only its hash comes here.

-- name: cave_key_list   programs: api
select id, scope, rate_limit, created_at, last_used_at, expires_at, key_prefix, rotated_from, rotated_at, revoked from cave_key
where id < :before::uuid order by id desc limit :limit::bigint;

-- name: cave_key_type   programs: api
select type, namespace, model_id from api_key where id = :id::uuid and type not in ('personal', 'service') and revoked_at is null;

-- name: cave_key_issue   programs: api   writes
select id, scope, rate_limit, created_at, last_used_at, expires_at, key_prefix, rotated_from, rotated_at, revoked
from app.key_issue(:type::text, :namespace::text, :model::text, :role::text, :scopes::text[],
	row(:prefix::text, :hash::text, :rate_limit::integer, :ttl::bigint, :renew::bigint)::app.key_draft);

-- name: cave_key_bootstrap   programs: api   writes
select id, scope, rate_limit, created_at, last_used_at, expires_at, key_prefix, rotated_from, rotated_at, revoked
from app.key_bootstrap(:role::text, :scopes::text[], row(:prefix::text, :hash::text, :rate_limit::integer, :ttl::bigint, :renew::bigint)::app.key_draft);

-- name: cave_key_rotate   programs: api   writes ends
select id, scope, rate_limit, created_at, last_used_at, expires_at, key_prefix, rotated_from, rotated_at, revoked
from app.key_rotate(:id::uuid, :grace::bigint, :event::uuid, row(:prefix::text, :hash::text, :rate_limit::integer, :ttl::bigint, :renew::bigint)::app.key_draft);

-- name: cave_key_claim   programs: api   writes
select id, scope, rate_limit, created_at, last_used_at, expires_at, key_prefix, rotated_from, rotated_at, revoked
from app.key_claim(row(:prefix::text, :hash::text, null, :ttl::bigint, :renew::bigint)::app.key_draft);

-- name: cave_key_revoke   programs: api   writes ends
-- With the last of its keys a service is shut out, and whatever else it holds.
with ended as (
	update api_key set revoked_at = now() where id = :id::uuid and type not in ('personal', 'service') and revoked_at is null returning id, principal_id, prefix),
shut as (
	update machine m set killed_at = now(), killed_by = app.actor() from ended e
	where m.principal_id = e.principal_id and m.killed_at is null and not exists (
		select from api_key o where o.principal_id = m.principal_id and o.id <> e.id and o.type <> 'personal' and o.revoked_at is null
			and (o.expires_at is null or o.expires_at > now()))
	returning m.principal_id)
select id, (select count(*) from shut) as shut from ended where app.audit('key.revoked', id, jsonb_build_object('prefix', prefix));

-- name: key_rate_take   programs: api auth
select granted, remaining, reset_ms, retry_ms from app.key_rate_take(:key::uuid, :limit::integer);

-- name: key_rotate_due   programs: jobs
select app.keys_rotate_due();

-- Keys of agents and services, made by whoever answers for them.

-- name: machine_key_list   programs: api
select k.id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, k.last_used_at, k.rotated_from
from machine m join api_key k on k.principal_id = m.principal_id
where m.principal_id = :id::uuid and m.kind = :kind::text and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and k.id < :before::uuid
order by k.id desc limit :limit::bigint + 1;

-- name: machine_key_create   programs: api   writes
-- No row: there is none that takes keys, or the scopes are more than it has, or than what asks for the key has.
with made as (
	insert into api_key (principal_id, name, prefix, hash, scopes, expires_at)
	select principal_id, :name::text, :prefix::text, :hash::text, coalesce(:scopes::text[], scopes), now() + :days::bigint * interval '1 day'
	from machine
	where principal_id = :id::uuid and kind = :kind::text and killed_at is null
		and (scopes = '{}' or (coalesce(:scopes, scopes) <> '{}' and coalesce(:scopes, scopes) <@ scopes))
		and (:whole::boolean or (coalesce(:scopes, scopes) <> '{}' and coalesce(:scopes, scopes) <@ :within::text[]))
	returning id, principal_id, name, prefix, scopes, created_at, expires_at, last_used_at, rotated_from)
select * from made where app.audit('key.issued', id, jsonb_build_object('principal', principal_id, 'prefix', prefix, 'scopes', scopes));

-- name: machine_key_revoke   programs: api   writes ends
with ended as (
	update api_key set revoked_at = now()
	where id = :key::uuid and revoked_at is null and principal_id = (select principal_id from machine where principal_id = :id::uuid and kind = :kind::text)
	returning id, principal_id)
select id from ended where app.audit('key.revoked', id, jsonb_build_object('principal', principal_id));

-- name: machine_state   programs: api
-- Why there was none: it has been ended, or it is not for the actor to make keys for.
select killed_at is not null as ended, owner_id is not distinct from app.actor() or kind = 'service' as keyed
from machine where principal_id = :id::uuid and kind = :kind::text;

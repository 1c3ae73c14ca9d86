-- Personal keys. The key itself is made by the program and shown once; only its hash comes here.

-- name: key_list   programs: api
select id, name, prefix, scopes, created_at, expires_at, last_used_at, rotated_from
from api_key where principal_id = app.actor() and type = 'personal' and revoked_at is null and (expires_at is null or expires_at > now())
	and id < :before::uuid
order by id desc limit :limit::bigint + 1;

-- name: key_create   programs: api   writes
with made as (
	insert into api_key (name, prefix, hash, scopes, expires_at)
	values (:name::text, :prefix::text, :hash::text, :scopes::text[], now() + :days::bigint * interval '1 day')
	returning id, name, prefix, scopes, created_at, expires_at, last_used_at, rotated_from)
select * from made where app.audit('key.issued', id, jsonb_build_object('prefix', prefix, 'scopes', scopes));

-- name: key_rotate   programs: api   writes ends
-- The old key works for one more day, or as long as it would have anyway. Only a key that grants no more than what asks for it.
with old as (
	update api_key set expires_at = least(expires_at, now() + interval '1 day')
	where id = :id::uuid and principal_id = app.actor() and type = 'personal' and revoked_at is null and (expires_at is null or expires_at > now())
		and (:whole::boolean or (scopes <> '{}' and scopes <@ :within::text[]))
	returning id, name, scopes),
made as (
	insert into api_key (name, prefix, hash, scopes, expires_at, rotated_from)
	select name, :prefix::text, :hash::text, scopes, now() + :days::bigint * interval '1 day', id from old
	returning id, name, prefix, scopes, created_at, expires_at, last_used_at, rotated_from)
select * from made where app.audit('key.rotated', id, jsonb_build_object('from', rotated_from, 'prefix', prefix));

-- name: key_revoke   programs: api   writes ends
with ended as (update api_key set revoked_at = now() where id = :id::uuid and principal_id = app.actor() and type = 'personal' and revoked_at is null returning id)
select id from ended where app.audit('key.revoked', id);

-- name: key_expire   programs: jobs
select app.key_expire();

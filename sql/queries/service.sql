-- Services, for admins.

-- name: service_list   programs: api
select m.principal_id as id, m.name, n.name as namespace, m.role, m.scopes, m.created_at, m.expires_at, m.killed_at is not null as disabled
from machine m join namespace n on n.id = m.namespace_id where m.kind = 'service' and m.principal_id < :before::uuid
order by m.principal_id desc limit :limit::bigint + 1;

-- name: service_get   programs: api
select m.principal_id as id, m.name, n.name as namespace, m.role, m.scopes, m.created_at, m.expires_at, m.killed_at is not null as disabled
from machine m join namespace n on n.id = m.namespace_id where m.kind = 'service' and m.principal_id = :id::uuid;

-- name: service_create   programs: api   writes
-- No row: there is no such namespace.
with made as (
	insert into machine (kind, namespace_id, name, role, scopes, expires_at)
	select 'service', id, :name::text, :role::text, :scopes::text[], now() + nullif(:days::bigint, 0) * interval '1 day'
	from namespace where name = coalesce(:namespace::text, 'default')
	returning principal_id as id, name, namespace_id, role, scopes, created_at, expires_at, killed_at)
select m.id, m.name, n.name as namespace, m.role, m.scopes, m.created_at, m.expires_at, m.killed_at is not null as disabled
from made m join namespace n on n.id = m.namespace_id
where app.audit('service.created', m.id, jsonb_strip_nulls(jsonb_build_object('name', m.name, 'namespace', n.name, 'role', m.role, 'scopes', m.scopes, 'expires_at', m.expires_at)));

-- name: service_update   programs: api   writes ends
with changed as (
	update machine set name = coalesce(:name::text, name), role = coalesce(:role::text, role), scopes = coalesce(:scopes::text[], scopes),
		expires_at = case when :days::bigint is null then expires_at else now() + nullif(:days, 0) * interval '1 day' end,
		killed_at = case when :disabled::boolean is null then killed_at when :disabled then coalesce(killed_at, now()) end,
		killed_by = case when :disabled is null then killed_by when :disabled then app.actor() end
	where principal_id = :id::uuid and kind = 'service'
	returning principal_id as id, name, namespace_id, role, scopes, created_at, expires_at, killed_at)
select m.id, m.name, n.name as namespace, m.role, m.scopes, m.created_at, m.expires_at, m.killed_at is not null as disabled
from changed m join namespace n on n.id = m.namespace_id
where app.audit('service.changed', m.id, jsonb_strip_nulls(jsonb_build_object('name', :name, 'role', :role, 'scopes', :scopes, 'days', :days, 'disabled', :disabled)));

-- name: service_delete   programs: api   writes ends
with gone as (delete from machine where principal_id = :id::uuid and kind = 'service' returning principal_id as id, name)
select id from gone where app.audit('service.deleted', id, jsonb_build_object('name', name));

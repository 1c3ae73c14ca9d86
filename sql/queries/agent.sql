-- Agents. An agent's role is the lower of what it was given and what its owner has; whoever sees the agent sees its owner.

-- name: agent_list   programs: api
select m.principal_id as id, m.owner_id, m.name, app.role_lower(m.role, o.role) as role, m.scopes, m.created_at, m.expires_at, m.killed_at, m.killed_by, m.kill_reason
from machine m join principal o on o.id = m.owner_id
where (:all::boolean or m.owner_id = coalesce(:owner::uuid, app.actor())) and m.principal_id < :before::uuid
order by m.principal_id desc limit :limit::bigint + 1;

-- name: agent_get   programs: api
select m.principal_id as id, m.owner_id, m.name, app.role_lower(m.role, o.role) as role, m.scopes, m.created_at, m.expires_at, m.killed_at, m.killed_by, m.kill_reason
from machine m join principal o on o.id = m.owner_id where m.principal_id = :id::uuid;

-- name: agent_create   programs: api   writes
with made as (
	insert into machine (kind, name, role, scopes, expires_at)
	values ('agent', :name::text, :role::text, :scopes::text[], now() + :days::bigint * interval '1 day')
	returning principal_id as id, owner_id, name, role, scopes, created_at, expires_at, killed_at, killed_by, kill_reason)
select * from made where app.audit('agent.created', id, jsonb_build_object('name', name, 'role', role, 'scopes', scopes, 'expires_at', expires_at));

-- name: agent_update   programs: api   writes ends
with changed as (
	update machine set name = coalesce(:name::text, name), role = coalesce(:role::text, role), scopes = coalesce(:scopes::text[], scopes),
		expires_at = coalesce(now() + :days::bigint * interval '1 day', expires_at)
	where principal_id = :id::uuid and kind = 'agent'
	returning principal_id as id, owner_id, name, role, scopes, created_at, expires_at, killed_at, killed_by, kill_reason)
select c.id, c.owner_id, c.name, app.role_lower(c.role, o.role) as role, c.scopes, c.created_at, c.expires_at, c.killed_at, c.killed_by, c.kill_reason
from changed c join principal o on o.id = c.owner_id
where app.audit('agent.changed', c.id, jsonb_strip_nulls(jsonb_build_object('name', :name, 'role', :role, 'scopes', :scopes, 'days', :days)));

-- name: agent_kill   programs: api   writes ends
with killed as (
	update machine set killed_at = now(), killed_by = app.actor(), kill_reason = coalesce(:reason::text, '')
	where principal_id = :id::uuid and kind = 'agent' and killed_at is null
	returning principal_id as id, owner_id, name, role, scopes, created_at, expires_at, killed_at, killed_by, kill_reason)
select k.id, k.owner_id, k.name, app.role_lower(k.role, o.role) as role, k.scopes, k.created_at, k.expires_at, k.killed_at, k.killed_by, k.kill_reason
from killed k join principal o on o.id = k.owner_id where app.audit('agent.killed', k.id, jsonb_build_object('reason', k.kill_reason));

-- name: agent_delete   programs: api   writes ends
with gone as (delete from machine where principal_id = :id::uuid and kind = 'agent' returning principal_id as id, name)
select id from gone where app.audit('agent.deleted', id, jsonb_build_object('name', name));

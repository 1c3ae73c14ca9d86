-- Namespaces and their members. Row policies decide who sees and changes which; see sql/access/namespace.sql.

-- name: namespace_list   programs: api
-- Those that the actor belongs to, and for an admin all; with what he is in each.
select n.id, n.name, n.display_name, m.role, n.created_at
from namespace n left join namespace_member m on m.namespace_id = n.id and m.principal_id = app.actor() and m.ended_at is null
where n.id < :before::uuid order by n.id desc limit :limit::bigint + 1;

-- name: namespace_get   programs: api
select n.id, n.name, n.display_name, m.role, n.created_at
from namespace n left join namespace_member m on m.namespace_id = n.id and m.principal_id = app.actor() and m.ended_at is null
where n.id = :id::uuid;

-- name: namespace_create   programs: api   writes
select id, name, display_name, 'manager' as role, created_at from app.namespace_create(:name::text, coalesce(:display_name::text, ''));

-- name: namespace_update   programs: api   writes
with changed as (update namespace set display_name = :display_name::text where id = :id::uuid returning id, name, display_name, created_at)
select c.id, c.name, c.display_name, m.role, c.created_at
from changed c left join namespace_member m on m.namespace_id = c.id and m.principal_id = app.actor() and m.ended_at is null
where app.audit('namespace.changed', c.id, jsonb_build_object('display_name', c.display_name));

-- name: namespace_delete   programs: api   writes
with gone as (delete from namespace where id = :id::uuid returning id, name)
select id from gone where app.audit('namespace.deleted', id, jsonb_build_object('name', name));

-- name: namespace_member_list   programs: api
-- Addresses are an admin's to see: row policies leave them out for others.
select m.principal_id as id, a.email, m.role, m.created_at
from namespace_member m left join account a on a.principal_id = m.principal_id
where m.namespace_id = :namespace::uuid and m.ended_at is null and m.principal_id < :before::uuid
order by m.principal_id desc limit :limit::bigint + 1;

-- name: namespace_member_add   programs: api   writes
-- By id, or by an address where the actor may read it. Nobody has the id of zeros. No row: he is a member already.
with added as (
	insert into namespace_member as m (principal_id, namespace_id, role)
	values (coalesce(:principal::uuid, (select principal_id from account where email = :email::text), '00000000-0000-0000-0000-000000000000'), :namespace::uuid,
		coalesce(:role::text, 'member'))
	on conflict (principal_id, namespace_id) do update set ended_at = null, role = excluded.role where m.ended_at is not null
	returning principal_id as id, role, created_at)
select d.id, a.email, d.role, d.created_at from added d left join account a on a.principal_id = d.id
where app.audit('namespace.member_added', :namespace, jsonb_build_object('principal', d.id, 'role', d.role));

-- name: namespace_member_update   programs: api   writes
with changed as (
	update namespace_member set role = :role::text where namespace_id = :namespace::uuid and principal_id = :principal::uuid and ended_at is null
	returning principal_id as id, role, created_at)
select c.id, a.email, c.role, c.created_at from changed c left join account a on a.principal_id = c.id
where app.audit('namespace.member_changed', :namespace, jsonb_build_object('principal', c.id, 'role', c.role));

-- name: namespace_member_end   programs: api   writes
with ended as (
	update namespace_member set ended_at = now() where namespace_id = :namespace::uuid and principal_id = :principal::uuid and ended_at is null
	returning principal_id as id)
select id from ended where app.audit('namespace.member_removed', :namespace, jsonb_build_object('principal', id));

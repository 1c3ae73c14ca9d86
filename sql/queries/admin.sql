-- What an admin sees and does. Row policies let nobody else through.

-- name: user_list   programs: api
select p.id, a.email, p.kind, p.role, p.disabled_at is not null as disabled, p.created_at
from principal p left join account a on a.principal_id = p.id
where p.id < :before::uuid
	and (:role::text is null or p.role = :role) and (:email::text is null or starts_with(a.email, :email))
order by p.id desc limit :limit::bigint + 1;

-- name: user_update   programs: api   writes ends
with changed as (
	update principal set role = coalesce(:role::text, role),
		disabled_at = case when :disabled::boolean is null then disabled_at when :disabled then coalesce(disabled_at, now()) end
	where id = :id::uuid returning id, kind, role, disabled_at, created_at)
select c.id, a.email, c.kind, c.role, c.disabled_at is not null as disabled, c.created_at
from changed c left join account a on a.principal_id = c.id
where app.audit('account.changed', c.id, jsonb_strip_nulls(jsonb_build_object('role', :role, 'disabled', :disabled)));

-- name: user_get   programs: api
select p.id, a.email, p.kind, p.role, p.disabled_at is not null as disabled, p.created_at
from principal p left join account a on a.principal_id = p.id where p.id = :id::uuid;

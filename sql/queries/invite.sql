-- Invites, for admins.

-- name: invite_list   programs: api
select id, email, role, created_by, created_at, expires_at, used_at, used_by from invite
where id < :before::uuid order by id desc limit :limit::bigint + 1;

-- name: invite_get   programs: api
select id from invite where id = :id::uuid;

-- name: invite_create   programs: api   writes
with made as (
	insert into invite (hash, role, email, expires_at)
	values (:hash::text, coalesce(:role::text, 'beginner'), :email::text, now() + :days::bigint * interval '1 day')
	returning id, email, role, created_by, created_at, expires_at, used_at, used_by)
select * from made where app.audit('invite.created', id, jsonb_strip_nulls(jsonb_build_object('email', email, 'role', role)));

-- name: invite_delete   programs: api   writes
with gone as (delete from invite where id = :id::uuid returning id)
select id from gone where app.audit('invite.deleted', id);

-- name: invite_expire   programs: jobs
select app.invite_expire();

-- Who is asking, and becoming someone. The functions are in sql/access.

-- name: enter_session   programs: api auth
select app.enter_session(:session::uuid, :principal::uuid, :role::text);

-- name: enter_again   programs: api auth
-- For whom one of the others let in a moment ago: see lib/web/admitted.h.
select app.become(:principal::uuid, :namespace::uuid, :role::text);

-- name: enter_key_again   programs: api auth
select app.become_key(:principal::uuid, :namespace::uuid, :role::text, :key::uuid, :scopes::text);

-- name: enter_key   programs: api auth
select app.enter_key(:hash::text, :role::text, :scopes::text);

-- name: enter_session_proved   programs: api auth
select app.enter_session_proved(:session::uuid, :principal::uuid, :role::text, :asks::integer);

-- name: enter_key_proved   programs: api auth
select app.enter_key_proved(:hash::text, :role::text, :scopes::text, :asks::integer);

-- name: enter_session_in   programs: api auth
-- The same for requests that choose a namespace. A case, because only that promises which comes first.
select case when app.enter_session_proved(:session::uuid, :principal::uuid, :role::text, :asks::integer) is not null then app.enter_namespace(:namespace::text) end;

-- name: enter_key_in   programs: api auth
select case when app.enter_key_proved(:hash::text, :role::text, :scopes::text, :asks::integer) is not null then app.enter_namespace(:namespace::text) end;

-- name: key_find   programs: api auth
select principal_id, role, scopes, key_id, type, rate_limit, successor from app.key_find(:hash::text);

-- name: me_get   programs: api
select p.id, a.email, m.name, p.role, p.kind, p.namespace_id, m.owner_id, p.expires_at, app.namespace() as active,
	app.namespaces_of_actor() as namespaces
from principal p left join account a on a.principal_id = p.id left join machine m on m.principal_id = p.id where p.id = app.actor();

-- name: account_signup   programs: auth   writes
select session_id, principal_id, role, generation, email from app.account_signup(:email::text, :hash::text, :invite::text);

-- name: account_find   programs: auth
select principal_id, password_hash from app.account_find(:email::text);

-- name: session_begin   programs: auth   writes
select session_id, principal_id, role, generation, email, verdict from app.session_begin(:principal::uuid, 'password', :step::bigint, :recovery::text);

-- name: session_refresh   programs: auth   writes ends
select session_id, principal_id, role, generation, email from app.session_refresh(:session::uuid, :generation::integer);

-- name: session_close   programs: auth   writes ends
select session_close from app.session_close(:session::uuid);

-- name: link_redeem   programs: auth   writes
select session_id, principal_id, role, generation, email, verdict from app.link_redeem(:hash::text, :step::bigint, :recovery::text);

-- name: login_failed   programs: auth   writes
select app.login_failed(:principal::uuid);

-- name: password_of_actor   programs: auth
select email, password_hash from app.password_of_actor();

-- name: password_change   programs: auth   writes ends
select session_id, principal_id, role, generation, email from app.password_change(:hash::text);

-- name: account_delete   programs: auth   writes ends
select account_delete from app.account_delete();

-- name: session_list   programs: api
-- The living ones, newest first; there are seldom more than a handful.
select id, created_at, rotated_at as refreshed_at, least(expires_at, ends_at) as expires_at, id = :current::uuid as current
from session where revoked_at is null and least(expires_at, ends_at) > now() order by id desc limit 100;

-- name: session_revoke   programs: api   writes ends
with ended as (update session set revoked_at = now(), revoked_for = 'user' where id = :id::uuid and revoked_at is null returning id)
select id from ended where app.audit('auth.session_revoked', id);

-- name: session_expire   programs: jobs
select app.session_expire();

-- name: link_expire   programs: jobs
select app.link_expire();

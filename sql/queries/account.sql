-- Who is asking, and becoming someone. The functions are in sql/access.

-- name: enter_session   programs: api auth
select app.enter_session(:session::uuid, :principal::uuid, :role::text);

-- name: enter_key   programs: api auth
select app.enter_key(:hash::text, :role::text, :scopes::text);

-- name: key_find   programs: api auth
select principal_id, role, scopes from app.key_find(:hash::text);

-- name: me_get   programs: api
select p.id, a.email, p.role, p.kind, p.namespace_id from principal p left join account a on a.principal_id = p.id where p.id = app.actor();

-- name: account_signup   programs: auth   writes
select session_id, principal_id, role, generation from app.account_signup(:email::text, :hash::text);

-- name: account_find   programs: auth
select principal_id, password_hash from app.account_find(:email::text);

-- name: session_open   programs: auth   writes
select session_id, principal_id, role, generation from app.session_open(:principal::uuid);

-- name: session_refresh   programs: auth   writes
select session_id, principal_id, role, generation from app.session_refresh(:session::uuid, :generation::integer);

-- name: session_close   programs: auth   writes
select session_close from app.session_close(:session::uuid);

-- name: link_redeem   programs: auth   writes
select session_id, principal_id, role, generation from app.link_redeem(:hash::text);

-- A person's keys are his own: he makes, reads, replaces and ends them. The hash is never read, and nothing of a key is changed but its end.

drop policy if exists api_key_self on app.api_key;
create policy api_key_self on app.api_key for select to app_user using (principal_id = (select app.actor()));
drop policy if exists api_key_add on app.api_key;
create policy api_key_add on app.api_key for insert to app_user with check (principal_id = (select app.actor()));
drop policy if exists api_key_end on app.api_key;
create policy api_key_end on app.api_key for update to app_user
	using (principal_id = (select app.actor())) with check (principal_id = (select app.actor()));
grant select (id, principal_id, name, prefix, scopes, created_at, expires_at, revoked_at, last_used_at, rotated_from) on app.api_key to app_user;
grant insert (name, prefix, hash, scopes, expires_at, rotated_from) on app.api_key to app_user;
grant update (expires_at, revoked_at) on app.api_key to app_user;

-- A person's keys are his own (what admins issue is in cave_key.sql): he makes, reads, replaces and ends them. The hash is never read, and nothing of a key is changed but its end.

drop policy if exists api_key_self on app.api_key;
create policy api_key_self on app.api_key for select to app_user using (principal_id = (select app.actor()));
drop policy if exists api_key_add on app.api_key;
create policy api_key_add on app.api_key for insert to app_user with check (principal_id = (select app.actor()));
drop policy if exists api_key_end on app.api_key;
create policy api_key_end on app.api_key for update to app_user
	using (type = 'personal' and principal_id = (select app.actor())) with check (type = 'personal' and principal_id = (select app.actor()));
grant select (id, principal_id, name, prefix, scopes, created_at, expires_at, revoked_at, last_used_at, rotated_from) on app.api_key to app_user;
grant insert (name, prefix, hash, scopes, expires_at, rotated_from) on app.api_key to app_user;
grant update (expires_at, revoked_at) on app.api_key to app_user;

-- Keys that ended a month ago. Planted ones stay: listed again, they work again. So do those of namespaces and admins, to be looked back on.
create or replace function app.key_expire() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	n bigint;
begin
	delete from app.api_key where id in (
		select id from app.api_key where least(revoked_at, expires_at) < now() - interval '30 days' and type in ('personal', 'session', 'model_access') limit 10000);
	get diagnostics n = row_count;
	perform app.audit('key.expired', null, jsonb_build_object('count', n)) where n > 0;
	return n;
end
$$;
revoke all on function app.key_expire() from public;
grant execute on function app.key_expire() to app_job;

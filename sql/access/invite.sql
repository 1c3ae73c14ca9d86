-- Invites are made, seen and taken back by admins; whoever signs up spends one through app.account_signup. The hash is never read.

drop policy if exists invite_read on app.invite;
create policy invite_read on app.invite for select to app_user using ((select app.actor_role()) = 'admin');
drop policy if exists invite_add on app.invite;
create policy invite_add on app.invite for insert to app_user with check ((select app.actor_role()) = 'admin' and created_by = (select app.actor()));
drop policy if exists invite_remove on app.invite;
create policy invite_remove on app.invite for delete to app_user using ((select app.actor_role()) = 'admin' and used_at is null);
grant select (id, role, email, created_by, created_at, expires_at, used_at, used_by), insert (hash, role, email, expires_at), delete on app.invite to app_user;

-- Invites that nobody can spend any more, a month after; the trail keeps who made them and whom they let in.
create or replace function app.invite_expire() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	n bigint;
begin
	delete from app.invite where id in (
		select id from app.invite where coalesce(used_at, expires_at) < now() - interval '30 days' limit 10000);
	get diagnostics n = row_count;
	perform app.audit('invite.expired', null, jsonb_build_object('count', n)) where n > 0;
	return n;
end
$$;
revoke all on function app.invite_expire() from public;
grant execute on function app.invite_expire() to app_job;

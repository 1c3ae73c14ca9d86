-- Invites are made, seen and taken back by admins; whoever signs up spends one through app.account_signup. The hash is never read.

drop policy if exists invite_read on app.invite;
create policy invite_read on app.invite for select to app_user using ((select app.actor_role()) = 'admin');
drop policy if exists invite_add on app.invite;
create policy invite_add on app.invite for insert to app_user with check ((select app.actor_role()) = 'admin' and created_by = (select app.actor()));
drop policy if exists invite_remove on app.invite;
create policy invite_remove on app.invite for delete to app_user using ((select app.actor_role()) = 'admin' and used_at is null);
grant select (id, role, email, created_by, created_at, expires_at, used_at, used_by), insert (hash, role, email, expires_at), delete on app.invite to app_user;

-- Switches are read by every worker and turned by an admin. Migrations are read for the health check.

drop policy if exists schema_migration_read on app.schema_migration;
create policy schema_migration_read on app.schema_migration for select to app_user, app_auth using (true);
grant select on app.schema_migration to app_user, app_auth;
drop policy if exists switch_read on app.switch;
create policy switch_read on app.switch for select to app_user, app_auth using (true);
drop policy if exists switch_change on app.switch;
create policy switch_change on app.switch for update to app_user
	using ((select app.actor_role()) = 'admin') with check ((select app.actor_role()) = 'admin' and changed_by = (select app.actor()));
grant select on app.switch to app_user, app_auth;
grant update ("on", reason, changed_at, changed_by) on app.switch to app_user;

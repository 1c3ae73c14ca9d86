-- Accounts, sessions and links. The programs reach these tables only through the functions below; a person reads his own rows.

drop policy if exists principal_self on app.principal;
create policy principal_self on app.principal for select to app_user using (id = (select app.actor()));
drop policy if exists account_self on app.account;
create policy account_self on app.account for select to app_user using (principal_id = (select app.actor()));
grant select on app.principal to app_user;
grant select (principal_id, email) on app.account to app_user;

-- Everything a new access token needs to say.
do $$
begin
	if to_regtype('app.signed_in') is null then
		create type app.signed_in as (session_id uuid, principal_id uuid, role text, generation integer);
	end if;
	if not exists (select from pg_attribute where attrelid = 'app.signed_in'::regclass and attname = 'email') then
		alter type app.signed_in add attribute email text;
	end if;
end $$;

create or replace function app.session_open(p_principal uuid, p_how text) returns setof app.signed_in
language sql volatile security definer set search_path = pg_catalog, app as
$$
	with opened as (
		insert into app.session (principal_id)
		select id from app.principal where id = p_principal and disabled_at is null
		returning id, principal_id, generation)
	select o.id, o.principal_id, p.role, o.generation, a.email
	from opened o join app.principal p on p.id = o.principal_id left join app.account a on a.principal_id = o.principal_id
	where app.audit_as(o.principal_id, 'auth.login', o.id, jsonb_build_object('how', p_how))
$$;
drop function if exists app.session_open(uuid);

-- Fails with CONFLICT when the address is taken, and the invite stays unused. No row: the invite is not good.
create or replace function app.account_signup(p_email text, p_hash text, p_invite text) returns setof app.signed_in
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	who uuid;
	as_role text := 'beginner';
begin
	if p_invite is not null then
		update app.invite set used_at = now()
		where hash = p_invite and used_at is null and expires_at > now() and (email is null or email = p_email) returning role into as_role;
		if not found then
			return;
		end if;
	end if;
	insert into app.principal (namespace_id, kind, role) select id, 'person', as_role from app.namespace where name = 'default' returning id into who;
	insert into app.account (principal_id, email, password_hash) values (who, p_email, p_hash);
	update app.invite set used_by = who where hash = p_invite;
	perform app.audit_as(who, 'account.created', who);
	return query select * from app.session_open(who, 'signup');
end
$$;

drop function if exists app.account_signup(text, text);

create or replace function app.account_find(p_email text) returns table (principal_id uuid, password_hash text)
language sql stable security definer set search_path = pg_catalog, app as
$$
	select a.principal_id, a.password_hash
	from app.account a join app.principal p on p.id = a.principal_id
	where a.email = p_email and p.disabled_at is null and a.password_hash is not null
$$;

-- Moves a session to its next generation. The generation just left answers once more for ten seconds, for clients whose answer was
-- lost or that asked twice at once; an older one was stolen or copied, and ends the session.
create or replace function app.session_refresh(p_session uuid, p_generation integer) returns setof app.signed_in
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	s app.session;
	who app.principal;
	mail text := (select email from app.account a join app.session x on x.principal_id = a.principal_id where x.id = p_session);
begin
	select * into s from app.session where id = p_session for update;
	select * into who from app.principal where id = s.principal_id;
	if s.id is null or s.revoked_at is not null or who.disabled_at is not null or least(s.expires_at, s.ends_at) <= clock_timestamp() then
		return;
	end if;
	if p_generation = s.generation then
		update app.session set generation = s.generation + 1, rotated_at = clock_timestamp(), expires_at = clock_timestamp() + interval '14 days'
		where id = s.id;
		return next (s.id, who.id, who.role, s.generation + 1, mail)::app.signed_in;
	elsif p_generation = s.generation - 1 and s.rotated_at > clock_timestamp() - interval '10 seconds' then
		return next (s.id, who.id, who.role, s.generation, mail)::app.signed_in;
	else
		update app.session set revoked_at = clock_timestamp(), revoked_for = 'reuse' where id = s.id;
		perform app.audit_as(who.id, 'auth.token_reused', s.id, jsonb_build_object('generation', p_generation, 'current', s.generation));
	end if;
end
$$;

-- Only for the actor that the request was entered as: a refused credential closes nothing.
create or replace function app.session_close(p_session uuid) returns setof uuid
language sql volatile security definer set search_path = pg_catalog, app as
$$
	with closed as (
		update app.session set revoked_at = now(), revoked_for = 'logout'
		where id = p_session and principal_id = app.actor() and revoked_at is null returning id)
	select id from closed where app.audit('auth.logout', id)
$$;

-- The hash to check before a person may change his password or delete himself; null when he has none yet.
create or replace function app.password_of_actor() returns table (email text, password_hash text)
language sql stable security definer set search_path = pg_catalog, app as
$$
	select email, password_hash from app.account where principal_id = app.actor()
$$;

-- Every session dies, the asking one too; the answer is a new one.
create or replace function app.password_change(p_hash text) returns setof app.signed_in
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
begin
	update app.account set password_hash = p_hash where principal_id = app.actor();
	if not found then
		return;
	end if;
	update app.session set revoked_at = now(), revoked_for = 'password' where principal_id = app.actor() and revoked_at is null;
	perform app.audit('account.password_changed', app.actor());
	return query select * from app.session_open(app.actor(), 'password change');
end
$$;

-- With everything that is his; what the trail says of him stays. The last admin stays too.
create or replace function app.account_delete() returns setof uuid
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
begin
	if app.actor_role() = 'admin' and not exists (
		select from app.principal where role = 'admin' and disabled_at is null and id <> app.actor()) then
		raise exception 'the last admin' using errcode = 'LA901';
	end if;
	perform app.audit('account.deleted', app.actor());
	return query delete from app.principal where id = app.actor() returning id;
end
$$;

create or replace function app.login_failed(p_principal uuid) returns boolean
language sql volatile security definer set search_path = pg_catalog, app as
$$ select app.audit_as(p_principal, 'auth.failed', p_principal) $$;

revoke all on function app.session_open(uuid, text), app.account_signup(text, text, text), app.account_find(text), app.session_refresh(uuid, integer),
	app.session_close(uuid), app.password_of_actor(), app.password_change(text), app.account_delete(), app.login_failed(uuid) from public;
grant execute on function app.account_signup(text, text, text), app.account_find(text), app.session_refresh(uuid, integer),
	app.session_close(uuid), app.password_of_actor(), app.password_change(text), app.account_delete(),
	app.login_failed(uuid) to app_auth;

-- Sessions: a person sees and ends his own.
drop policy if exists session_self on app.session;
create policy session_self on app.session for select to app_user using (principal_id = (select app.actor()));
drop policy if exists session_end on app.session;
create policy session_end on app.session for update to app_user
	using (principal_id = (select app.actor())) with check (principal_id = (select app.actor()));
grant select (id, principal_id, created_at, rotated_at, expires_at, ends_at, revoked_at) on app.session to app_user;
grant update (revoked_at, revoked_for) on app.session to app_user;

-- Profiles: a person's own; those that are public are read in the namespace.
drop policy if exists profile_self on app.profile;
create policy profile_self on app.profile for select to app_user using (principal_id = (select app.actor()));
drop policy if exists profile_add on app.profile;
create policy profile_add on app.profile for insert to app_user with check (principal_id = (select app.actor()));
drop policy if exists profile_change on app.profile;
create policy profile_change on app.profile for update to app_user
	using (principal_id = (select app.actor())) with check (principal_id = (select app.actor()));
grant select, insert, update (mode, theme, density, language, toggles, is_public) on app.profile to app_user;

-- An admin sees everybody and changes any person but himself: so nobody raises himself, and there is always an admin left. What becomes of agents
-- and services is decided in `machine`.
drop policy if exists principal_admin on app.principal;
create policy principal_admin on app.principal for select to app_user using ((select app.actor_role()) = 'admin');
drop policy if exists account_admin on app.account;
create policy account_admin on app.account for select to app_user using ((select app.actor_role()) = 'admin');
drop policy if exists principal_change on app.principal;
create policy principal_change on app.principal for update to app_user
	using ((select app.actor_role()) = 'admin' and id <> (select app.actor()) and kind = 'person')
	with check ((select app.actor_role()) = 'admin' and id <> (select app.actor()) and kind = 'person');
grant update (role, disabled_at) on app.principal to app_user;

-- Sessions that ended a month ago are nobody's proof of anything any more; the trail keeps when they began and ended.
create or replace function app.session_expire() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	n bigint;
begin
	delete from app.session where id in (
		select id from app.session where coalesce(revoked_at, least(expires_at, ends_at)) < now() - interval '30 days' limit 10000);
	get diagnostics n = row_count;
	perform app.audit('session.expired', null, jsonb_build_object('count', n)) where n > 0;
	return n;
end
$$;
revoke all on function app.session_expire() from public;
grant execute on function app.session_expire() to app_job;

-- The same for links, used or not.
create or replace function app.link_expire() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	n bigint;
begin
	delete from app.login_link where hash in (
		select hash from app.login_link where expires_at < now() - interval '30 days' limit 10000);
	get diagnostics n = row_count;
	perform app.audit('link.expired', null, jsonb_build_object('count', n)) where n > 0;
	return n;
end
$$;
revoke all on function app.link_expire() from public;
grant execute on function app.link_expire() to app_job;

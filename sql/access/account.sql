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
end $$;

create or replace function app.session_open(p_principal uuid) returns setof app.signed_in
language sql volatile security definer set search_path = pg_catalog, app as
$$
	insert into app.session (principal_id)
	select id from app.principal where id = p_principal and disabled_at is null
	returning id, principal_id, (select role from app.principal where id = p_principal), generation
$$;

-- Fails with CONFLICT when the address is taken.
create or replace function app.account_signup(p_email text, p_hash text) returns setof app.signed_in
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	who uuid;
begin
	insert into app.principal (namespace_id, kind) select id, 'person' from app.namespace where name = 'default' returning id into who;
	insert into app.account (principal_id, email, password_hash) values (who, p_email, p_hash);
	return query select * from app.session_open(who);
end
$$;

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
begin
	select * into s from app.session where id = p_session for update;
	select * into who from app.principal where id = s.principal_id;
	if s.id is null or s.revoked_at is not null or who.disabled_at is not null or least(s.expires_at, s.ends_at) <= clock_timestamp() then
		return;
	end if;
	if p_generation = s.generation then
		update app.session set generation = s.generation + 1, rotated_at = clock_timestamp(), expires_at = clock_timestamp() + interval '14 days'
		where id = s.id;
		return next (s.id, who.id, who.role, s.generation + 1)::app.signed_in;
	elsif p_generation = s.generation - 1 and s.rotated_at > clock_timestamp() - interval '10 seconds' then
		return next (s.id, who.id, who.role, s.generation)::app.signed_in;
	else
		update app.session set revoked_at = clock_timestamp(), revoked_for = 'reuse' where id = s.id;
	end if;
end
$$;

-- Only for the actor that the request was entered as: a refused credential closes nothing.
create or replace function app.session_close(p_session uuid) returns setof uuid
language sql volatile security definer set search_path = pg_catalog, app as
$$
	update app.session set revoked_at = now(), revoked_for = 'logout' where id = p_session and principal_id = app.actor() and revoked_at is null returning id
$$;

create or replace function app.link_redeem(p_hash text) returns setof app.signed_in
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	who uuid;
begin
	update app.login_link set used_at = now() where hash = p_hash and used_at is null and expires_at > now() returning principal_id into who;
	return query select * from app.session_open(who);
end
$$;

revoke all on function app.session_open(uuid), app.account_signup(text, text), app.account_find(text), app.session_refresh(uuid, integer),
	app.session_close(uuid), app.link_redeem(text) from public;
grant execute on function app.session_open(uuid), app.account_signup(text, text), app.account_find(text), app.session_refresh(uuid, integer),
	app.session_close(uuid), app.link_redeem(text) to app_auth;

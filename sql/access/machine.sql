-- Agents and services. What somebody decides about one stands in `machine`, under row policies like everything else; the triggers carry it over to
-- its principal, which is what is asked at entry. So whatever happens to an agent or its owner is felt with the agent's next request.

create or replace function app.role_lower(a text, b text) returns text
language sql immutable parallel safe as
$$ select case when strpos(ranks, a) < strpos(ranks, b) then a else b end from (values ('beginner advanced pro admin')) as v (ranks) $$;

-- An agent is its maker's, who is a person, and at home where he is. He is held as he is until the agent can be found by what changes him.
create or replace function app.machine_begin() returns trigger
language plpgsql security definer set search_path = pg_catalog, app as
$$
declare
	owner app.principal;
begin
	if new.kind = 'agent' then
		select * into owner from app.principal where id = app.actor() and kind = 'person' for share;
		if not found then
			raise exception 'only people have agents' using errcode = '42501';
		end if;
		new.owner_id := owner.id;
		new.namespace_id := owner.namespace_id;
	end if;
	insert into app.principal (namespace_id, kind, role, expires_at)
	values (new.namespace_id, new.kind, app.role_lower(new.role, coalesce(owner.role, 'admin')), new.expires_at) returning id into new.principal_id;
	return new;
end
$$;
create or replace trigger machine_begin before insert on app.machine for each row execute function app.machine_begin();

create or replace function app.machine_settle(p_machine uuid) returns void
language plpgsql volatile set search_path = pg_catalog, app as
$$
begin
	perform from app.machine m join app.principal o on o.id = m.owner_id where m.principal_id = p_machine for share of o;
	update app.principal p set role = app.role_lower(m.role, coalesce(o.role, 'admin')), disabled_at = coalesce(m.killed_at, o.disabled_at), expires_at = m.expires_at
	from app.machine m left join app.principal o on o.id = m.owner_id
	where m.principal_id = p_machine and p.id = p_machine;
end
$$;

-- Its keys grant no more than it may itself; one that would grant nothing ends.
create or replace function app.machine_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, app as
$$
begin
	perform app.machine_settle(new.principal_id);
	if new.scopes <> old.scopes and new.scopes <> '{}' then
		update app.api_key set
			scopes = case when scopes = '{}' then new.scopes when scopes && new.scopes then array(select unnest(scopes) intersect select unnest(new.scopes) order by 1) else scopes end,
			revoked_at = case when scopes <> '{}' and not scopes && new.scopes then now() end
		where principal_id = new.principal_id and revoked_at is null;
	end if;
	return null;
end
$$;
create or replace trigger machine_change after update on app.machine for each row execute function app.machine_change();

create or replace function app.machine_end() returns trigger
language plpgsql security definer set search_path = pg_catalog, app as
$$
begin
	delete from app.principal where id = old.principal_id;
	return null;
end
$$;
create or replace trigger machine_end after delete on app.machine for each row execute function app.machine_end();

-- What becomes of an owner becomes of his agents.
create or replace function app.principal_machines() returns trigger
language plpgsql security definer set search_path = pg_catalog, app as
$$
begin
	perform app.machine_settle(principal_id) from app.machine where owner_id = new.id;
	return null;
end
$$;
create or replace trigger principal_machines after update of role, disabled_at on app.principal
	for each row when ((old.role, old.disabled_at) is distinct from (new.role, new.disabled_at)) execute function app.principal_machines();

-- An owner and any admin; a service, admins alone. A killed agent is changed by nobody any more, and nobody changes himself.
drop policy if exists machine_read on app.machine;
create policy machine_read on app.machine for select to app_user using (
	principal_id = (select app.actor()) or owner_id = (select app.actor()) or (select app.actor_role()) = 'admin');
drop policy if exists machine_add on app.machine;
create policy machine_add on app.machine for insert to app_user
	with check ((kind = 'agent' and owner_id = (select app.actor())) or (kind = 'service' and (select app.actor_role()) = 'admin'));
drop policy if exists machine_alter on app.machine;
create policy machine_alter on app.machine for update to app_user
	using ((owner_id = (select app.actor()) or (select app.actor_role()) = 'admin') and principal_id <> (select app.actor()) and (kind = 'service' or killed_at is null))
	with check ((owner_id = (select app.actor()) or (select app.actor_role()) = 'admin') and principal_id <> (select app.actor()));
drop policy if exists machine_remove on app.machine;
create policy machine_remove on app.machine for delete to app_user
	using ((owner_id = (select app.actor()) or (select app.actor_role()) = 'admin') and principal_id <> (select app.actor()));
grant select, delete, insert (kind, namespace_id, name, role, scopes, expires_at),
	update (name, role, scopes, expires_at, killed_at, killed_by, kill_reason) on app.machine to app_user;

-- Keys of an agent are made by its owner, those of a service by admins; either ends them, and an admin those of anybody's agent.
drop policy if exists api_key_machine on app.api_key;
create policy api_key_machine on app.api_key for select to app_user
	using (principal_id in (select principal_id from app.machine where owner_id = (select app.actor()) or (select app.actor_role()) = 'admin'));
drop policy if exists api_key_machine_add on app.api_key;
create policy api_key_machine_add on app.api_key for insert to app_user
	with check (principal_id in (select principal_id from app.machine
		where killed_at is null and (owner_id = (select app.actor()) or (kind = 'service' and (select app.actor_role()) = 'admin'))));
drop policy if exists api_key_machine_end on app.api_key;
create policy api_key_machine_end on app.api_key for update to app_user
	using (principal_id in (select principal_id from app.machine where owner_id = (select app.actor()) or (select app.actor_role()) = 'admin'))
	with check (principal_id in (select principal_id from app.machine where owner_id = (select app.actor()) or (select app.actor_role()) = 'admin'));
grant insert (principal_id) on app.api_key to app_user;

grant execute on function app.role_lower(text, text) to app_user;

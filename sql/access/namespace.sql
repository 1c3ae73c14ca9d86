-- Namespaces and their members. Whoever makes a namespace manages it; managers and admins say who belongs to it. A row of a namespace is reached
-- only by whoever has entered it, and that takes a living membership.

-- The other namespace that a request asks for, in the transaction that has just become somebody. One that he does not belong to and one that is not
-- there are told apart by nothing.
create or replace function app.enter_namespace(p_name text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	there uuid;
begin
	select n.id into there from app.namespace n join app.namespace_member m on m.namespace_id = n.id
	where n.name = p_name and m.principal_id = app.actor() and m.ended_at is null;
	if not found then
		raise exception 'no namespace of this name' using errcode = 'LA404';
	end if;
	perform set_config('app.namespace', there::text, true);
	return there;
end
$$;

-- What the actor manages; by itself, because a policy of namespace_member cannot ask namespace_member. In plpgsql, which keeps its plan.
create or replace function app.managed() returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, app as
$$
begin
	return query select namespace_id from app.namespace_member where principal_id = app.actor() and role = 'manager' and ended_at is null;
end
$$;

-- For /me, which is asked often: past the policies, which would cost it more than the rest of it.
create or replace function app.namespaces_of_actor() returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, app as
$$
begin
	return (
		select jsonb_agg(jsonb_build_object('id', n.id, 'name', n.name, 'display_name', n.display_name, 'role', m.role) order by n.name)
		from app.namespace_member m join app.namespace n on n.id = m.namespace_id where m.principal_id = app.actor() and m.ended_at is null);
end
$$;

create or replace function app.namespace_create(p_name text, p_display_name text) returns setof app.namespace
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	made app.namespace;
begin
	if app.actor_role() is null or app.actor_role() not in ('pro', 'admin') then
		raise exception 'the role is too low' using errcode = '42501';
	end if;
	insert into app.namespace (name, display_name) values (p_name, p_display_name) returning * into made;
	insert into app.namespace_member (principal_id, namespace_id, role) values (app.actor(), made.id, 'manager');
	perform app.audit('namespace.created', made.id, jsonb_build_object('name', p_name));
	return next made;
end
$$;

-- Everybody belongs to where he is at home.
create or replace function app.principal_join() returns trigger
language plpgsql security definer set search_path = pg_catalog, app as
$$
begin
	insert into app.namespace_member (principal_id, namespace_id) values (new.id, new.namespace_id)
	on conflict (principal_id, namespace_id) do update set ended_at = null;
	return null;
end
$$;
create or replace trigger principal_join after insert or update of namespace_id on app.principal
	for each row execute function app.principal_join();

-- What holds for a membership however it is changed: nobody is taken out of his home; an agent is a member only where its owner is, and goes with him;
-- and where there are members there is a manager, unless an admin takes the last one away.
create or replace function app.namespace_member_guard() returns trigger
language plpgsql security definer set search_path = pg_catalog, app as
$$
begin
	if new.ended_at is null then
		if exists (select from app.machine m where m.principal_id = new.principal_id and m.kind = 'agent' and not exists (
			select from app.namespace_member o where o.principal_id = m.owner_id and o.namespace_id = new.namespace_id and o.ended_at is null)) then
			raise exception 'the owner of the agent is no member' using errcode = 'LA404';
		end if;
	elsif old.ended_at is null then
		if exists (select from app.principal where id = new.principal_id and namespace_id = new.namespace_id) then
			raise exception 'at home here' using errcode = 'LA903';
		end if;
		update app.namespace_member set ended_at = new.ended_at
		where namespace_id = new.namespace_id and ended_at is null
			and principal_id in (select principal_id from app.machine where owner_id = new.principal_id);
	end if;
	if tg_op = 'UPDATE' and app.actor_role() <> 'admin' and old.role = 'manager' and old.ended_at is null
		and (new.role <> 'manager' or new.ended_at is not null) then
		perform from app.namespace where id = new.namespace_id for update; -- of two who leave at once, one waits and sees the other gone
		if not exists (select from app.namespace_member m where m.namespace_id = new.namespace_id and m.principal_id <> new.principal_id
				and m.role = 'manager' and m.ended_at is null)
			and exists (select from app.namespace_member m where m.namespace_id = new.namespace_id and m.principal_id <> new.principal_id and m.ended_at is null) then
			raise exception 'the last manager' using errcode = 'LA902';
		end if;
	end if;
	return new;
end
$$;
create or replace trigger namespace_member_guard before insert or update on app.namespace_member
	for each row execute function app.namespace_member_guard();

-- A namespace goes only when nothing is in it. Whoever makes something there holds his membership until it is made, and is waited for.
create or replace function app.namespace_guard() returns trigger
language plpgsql security definer set search_path = pg_catalog, app as
$$
begin
	perform from app.namespace_member where namespace_id = old.id for update;
	if exists (select from app.principal where namespace_id = old.id)
		or exists (select from app.namespace_member where namespace_id = old.id and ended_at is null and principal_id is distinct from app.actor())
		or exists (select from app.namespace_member m join app.quest q on q.owner_id = m.principal_id and q.namespace_id = m.namespace_id where m.namespace_id = old.id) then
		raise exception 'not empty' using errcode = 'LA904';
	end if;
	return old;
end
$$;
create or replace trigger namespace_guard before delete on app.namespace
	for each row execute function app.namespace_guard();

drop policy if exists namespace_read on app.namespace;
create policy namespace_read on app.namespace for select to app_user using (
	id in (select namespace_id from app.namespace_member where principal_id = (select app.actor()) and ended_at is null)
	or (select app.actor_role()) = 'admin');
drop policy if exists namespace_change on app.namespace;
create policy namespace_change on app.namespace for update to app_user
	using (id in (select app.managed()) or (select app.actor_role()) = 'admin')
	with check (id in (select app.managed()) or (select app.actor_role()) = 'admin');
drop policy if exists namespace_remove on app.namespace;
create policy namespace_remove on app.namespace for delete to app_user
	using (id in (select app.managed()) or (select app.actor_role()) = 'admin');
grant select, delete, update (display_name) on app.namespace to app_user;

-- Managers and admins see and change every membership; everybody sees his own and may leave.
drop policy if exists namespace_member_read on app.namespace_member;
create policy namespace_member_read on app.namespace_member for select to app_user using (
	principal_id = (select app.actor()) or namespace_id in (select app.managed()) or (select app.actor_role()) = 'admin');
drop policy if exists namespace_member_add on app.namespace_member;
create policy namespace_member_add on app.namespace_member for insert to app_user
	with check (namespace_id in (select app.managed()) or (select app.actor_role()) = 'admin');
drop policy if exists namespace_member_change on app.namespace_member;
create policy namespace_member_change on app.namespace_member for update to app_user
	using ((principal_id = (select app.actor()) and ended_at is null) or namespace_id in (select app.managed()) or (select app.actor_role()) = 'admin')
	with check ((principal_id = (select app.actor()) and ended_at is not null) or namespace_id in (select app.managed()) or (select app.actor_role()) = 'admin');
grant select, insert (principal_id, namespace_id, role), update (role, ended_at) on app.namespace_member to app_user;

grant execute on function app.enter_namespace(text) to app_user, app_auth;
grant execute on function app.managed(), app.namespaces_of_actor(), app.namespace_create(text, text) to app_user;

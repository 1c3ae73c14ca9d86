-- Becoming an actor: the one statement that runs ahead of each statement of a request, in the same transaction.
-- It answers the namespace and sets the actor, or answers null and sets nothing: then the statement behind it runs for nobody.
-- A worker that has had the answer within the last quarter of a second, and has not heard of any credential ending since, only calls become or become_key.
-- The two enter functions name the schema of everything they call instead of setting a search_path of their own: that would be a third of
-- their cost, with every request. Nobody but the owner may create anything in any schema, so no operator can be slipped under them.

-- Earlier ones answered a boolean; a function's result cannot be replaced.
do $$
declare
	f text;
begin
	foreach f in array array['app.enter_session(uuid, uuid, text)', 'app.enter_key(text, text, text)'] loop
		if exists (select from pg_proc where oid = to_regprocedure(f) and prorettype = 'boolean'::regtype) then
			execute 'drop function ' || f;
		end if;
	end loop;
end $$;

-- Inlined into its callers.
create or replace function app.become(p_principal uuid, p_namespace uuid, p_role text) returns boolean
language sql volatile as
$$
	select pg_catalog.set_config('app.actor', p_principal::text, true) is not null and pg_catalog.set_config('app.namespace', p_namespace::text, true) is not null
		and pg_catalog.set_config('app.role', p_role, true) is not null
$$;
-- The same for a key: policies see which one, and its scopes.
create or replace function app.become_key(p_principal uuid, p_namespace uuid, p_role text, p_key uuid, p_scopes text) returns boolean
language sql volatile as
$$
	select app.become(p_principal, p_namespace, p_role) and pg_catalog.set_config('app.key', p_key::text, true) is not null
		and pg_catalog.set_config('app.scopes', p_scopes, true) is not null
$$;
revoke all on function app.become(uuid, uuid, text), app.become_key(uuid, uuid, text, uuid, text) from public;

-- The key that the transaction runs under, if it is one.
create or replace function app.key() returns uuid language sql stable parallel safe as
$$ select nullif(pg_catalog.current_setting('app.key', true), '')::uuid $$;

-- Whether it allows one of these: where no scopes are set, all that the role gives. Inlined into policies, like the two below.
create or replace function app.has_scope(variadic p_scopes text[]) returns boolean language sql stable parallel safe as
$$
	select coalesce(p_scopes && pg_catalog.string_to_array(nullif(pg_catalog.current_setting('app.scopes', true), ''), ' '), true)
$$;

-- Actor and namespace as far as a scope reaches; beyond, nobody and none.
create or replace function app.actor_with(variadic p_scopes text[]) returns uuid language sql stable parallel safe as
$$ select case when app.has_scope(variadic p_scopes) then nullif(pg_catalog.current_setting('app.actor', true), '')::uuid end $$;

create or replace function app.namespace_with(variadic p_scopes text[]) returns uuid language sql stable parallel safe as
$$ select case when app.has_scope(variadic p_scopes) then nullif(pg_catalog.current_setting('app.namespace', true), '')::uuid end $$;

-- By access token: the session must be alive and the role still the one in the token.
create or replace function app.enter_session(p_session uuid, p_principal uuid, p_role text) returns uuid
language plpgsql volatile security definer as
$$
begin
	return (
		select case when app.become(p.id, p.namespace_id, p.role) then p.namespace_id end
		from app.session s join app.principal p on p.id = s.principal_id
		where s.id = p_session and s.principal_id = p_principal and p.role = p_role
			and s.revoked_at is null and s.ends_at > pg_catalog.now() and p.disabled_at is null);
end
$$;

-- By API key: the key must be alive and grant what the worker believes it grants.
create or replace function app.enter_key(p_hash text, p_role text, p_scopes text) returns uuid
language plpgsql volatile security definer as
$$
declare
	entered uuid;
	key uuid;
	used timestamptz;
begin
	select case when app.become_key(p.id, p.namespace_id, p.role, k.id, p_scopes) then p.namespace_id end, k.id, k.last_used_at into entered, key, used
	from app.api_key k join app.principal p on p.id = k.principal_id
	where k.hash = p_hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > pg_catalog.now())
		and p.disabled_at is null and (p.expires_at is null or p.expires_at > pg_catalog.now())
		and p.role = p_role and pg_catalog.array_to_string(k.scopes, ' ') = p_scopes;
	if entered is not null and (used is null or used < pg_catalog.now() - interval '1 minute') then
		-- not waited for: another request of the same key may be doing it
		update app.api_key set last_used_at = pg_catalog.now() where id = (select id from app.api_key where id = key for update skip locked);
	end if;
	return entered;
end
$$;

-- What a key grants. One of a namespace that is due is retired by its use: the id of the key to be claimed in its place comes with it.
drop function if exists app.key_find(text);
create function app.key_find(p_hash text)
	returns table (principal_id uuid, role text, scopes text, key_id uuid, type text, rate_limit integer, successor uuid)
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
#variable_conflict use_column
declare
	k app.api_key;
begin
	select * into k from app.api_key where hash = p_hash and revoked_at is null and (expires_at is null or expires_at > now());
	if k.type = 'namespace' and k.due_at <= now() and k.successor is null then
		k.successor := app.key_retire(k.id);
	end if;
	return query select p.id, p.role, array_to_string(k.scopes, ' '), k.id, k.type, k.rate_limit, k.successor
		from app.principal p where p.id = k.principal_id and p.disabled_at is null and (p.expires_at is null or p.expires_at > now());
end
$$;

-- Refuses a change that was made against an older version than the row has now.
create or replace function app.is_version(p_now integer, p_wanted integer) returns boolean
language plpgsql immutable set search_path = pg_catalog, app as
$$
begin
	if p_wanted is not null and p_wanted <> p_now then
		raise exception 'the row has moved on' using errcode = 'LA409';
	end if;
	return true;
end
$$;

grant execute on function app.actor(), app.namespace(), app.actor_role(), app.public_read(), app.uuid7(), app.key(), app.has_scope(text[]),
	app.actor_with(text[]), app.namespace_with(text[]) to app_user, app_auth;
grant execute on function app.become(uuid, uuid, text), app.become_key(uuid, uuid, text, uuid, text) to app_user, app_auth;
grant execute on function app.enter_session(uuid, uuid, text), app.enter_key(text, text, text) to app_user, app_auth;
grant execute on function app.key_find(text) to app_user, app_auth;
grant execute on function app.is_version(integer, integer) to app_user;

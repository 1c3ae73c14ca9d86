-- Keys that admins issue: each acts as a service of its own, and rotation keeps that service. Admins see and end them through row policies; making
-- them, and the principals behind them, goes through the functions below. Nothing here knows what a type means: see lib/core/key_types.def.

create or replace function app.may_manage_keys() returns boolean language sql stable parallel safe set search_path = pg_catalog, app as
$$ select coalesce(app.actor_role() = 'admin' and app.has_scope('key:admin'), false) $$;

drop policy if exists api_key_manage on app.api_key;
create policy api_key_manage on app.api_key for select to app_user
	using (type not in ('personal', 'service') and (select app.may_manage_keys()));
drop policy if exists api_key_close on app.api_key;
create policy api_key_close on app.api_key for update to app_user
	using (type not in ('personal', 'service') and (select app.may_manage_keys()))
	with check (type not in ('personal', 'service') and (select app.may_manage_keys()));
grant select (type, namespace, model_id, rate_limit, created_by, rotated_at) on app.api_key to app_user;

-- What is told of a key: never its hash.
create or replace view app.cave_key with (security_invoker = true) as
select id, jsonb_strip_nulls(jsonb_build_object('type', type, 'namespace', namespace, 'model_id', model_id)) as scope, rate_limit, created_at,
	last_used_at, expires_at, prefix as key_prefix, rotated_from, rotated_at, revoked_at is not null as revoked
from app.api_key where type not in ('personal', 'service');
grant select on app.cave_key to app_user;

-- Whatever a function needs of the key to come that only the program knows: its beginning, its hash, and the facts of its type.
do $$
begin
	if to_regtype('app.key_draft') is null then
		create type app.key_draft as (prefix text, hash text, rate_limit integer, ttl_s bigint, renew_s bigint);
	end if;
end $$;

-- Without a ttl it never ends, without a renewal it is never due.
create or replace function app.key_make(p_type text, p_namespace text, p_model text, p_role text, p_scopes text[], p_draft app.key_draft) returns setof app.cave_key
language plpgsql volatile set search_path = pg_catalog, app as
$$
declare
	who uuid;
	made uuid;
begin
	insert into app.namespace (name) values (p_namespace) on conflict (name) do nothing returning id into made;
	if made is not null then
		perform app.audit('namespace.created', made, jsonb_build_object('name', p_namespace));
	end if;
	insert into app.machine (kind, namespace_id, name, role)
	select 'service', id, left(p_type || ' key of ' || p_namespace, 80), p_role from app.namespace where name = p_namespace returning principal_id into who;
	insert into app.api_key (principal_id, name, type, namespace, model_id, scopes, created_by, prefix, hash, rate_limit, expires_at, due_at)
	values (who, '', p_type, case when p_type <> 'admin' then p_namespace end, p_model, p_scopes, app.actor(), p_draft.prefix, p_draft.hash, p_draft.rate_limit,
		now() + p_draft.ttl_s * interval '1 second', now() + p_draft.renew_s * interval '1 second')
	returning id into made;
	perform app.audit('key.issued', made, (select jsonb_build_object('scope', scope, 'prefix', key_prefix) from app.cave_key where id = made));
	return query select * from app.cave_key where id = made;
end
$$;

create or replace function app.key_issue(p_type text, p_namespace text, p_model text, p_role text, p_scopes text[], p_draft app.key_draft) returns setof app.cave_key
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
begin
	if not app.may_manage_keys() then
		raise exception 'keys are issued by admins' using errcode = '42501';
	end if;
	return query select * from app.key_make(p_type, p_namespace, p_model, p_role, p_scopes, p_draft);
end
$$;

-- The first key of all, for nobody in particular; one caller at a time. Once a key was issued, or an admin has signed in, there is no such thing:
-- keys of admins are never deleted, and the trail remembers who was here.
create or replace function app.key_bootstrap(p_role text, p_scopes text[], p_draft app.key_draft) returns setof app.cave_key
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
begin
	perform pg_advisory_xact_lock(7402116253348202);
	if not exists (select from app.cave_key) and app.admin_is_new() then
		return query select * from app.key_make('admin', 'default', null, p_role, p_scopes, p_draft);
	end if;
end
$$;

-- A key of the same kind for the same service.
create or replace function app.key_follow(p_old app.api_key, p_id uuid, p_draft app.key_draft) returns void
language sql volatile set search_path = pg_catalog, app as
$$
	insert into app.api_key (id, principal_id, name, type, namespace, model_id, scopes, created_by, prefix, hash, rate_limit, expires_at, due_at, rotated_from, rotated_at)
	values (p_id, p_old.principal_id, p_old.name, p_old.type, p_old.namespace, p_old.model_id, p_old.scopes, app.actor(), p_draft.prefix, p_draft.hash,
		coalesce(p_draft.rate_limit, p_old.rate_limit), now() + p_draft.ttl_s * interval '1 second', now() + p_draft.renew_s * interval '1 second', p_old.id, now())
$$;

-- What is told of a rotation, in the trail and to whoever listens: the fields of the payload that is signed.
create or replace function app.key_rotation(p_old app.api_key, p_new uuid, p_prefix text) returns jsonb
language sql stable set search_path = pg_catalog, app as
$$
	select jsonb_strip_nulls(jsonb_build_object('event', 'key.rotated', 'key_id', p_new, 'previous_key_id', p_old.id, 'rotated_at', now(),
		'scope', jsonb_build_object('type', p_old.type, 'namespace', p_old.namespace, 'model_id', p_old.model_id),
		'owner', coalesce(p_old.namespace, 'admin'), 'key_prefix', p_prefix, 'new_rota_id', p_new))
$$;

-- The new key, then the one before, which ends at once or after its grace. No row: there is no such key, or it was revoked.
create or replace function app.key_rotate(p_id uuid, p_grace bigint, p_event uuid, p_draft app.key_draft) returns setof app.cave_key
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	old app.api_key;
	made uuid := app.uuid7();
begin
	if not app.may_manage_keys() then
		raise exception 'keys are rotated by admins' using errcode = '42501';
	end if;
	update app.api_key set rotated_at = now(), successor = made, claimed_at = now(), revoked_at = case when p_grace = 0 then now() end,
		expires_at = least(expires_at, now() + p_grace * interval '1 second')
	where id = p_id and revoked_at is null and type not in ('personal', 'service') returning * into old;
	if old.id is null then
		return;
	end if;
	perform app.key_follow(old, made, p_draft);
	perform app.audit('key.rotated', made, app.key_rotation(old, made, p_draft.prefix) || jsonb_build_object('event_id', p_event));
	return query select * from app.cave_key where id = made union all select * from app.cave_key where id = p_id;
end
$$;

-- Gives a key a day more, in which whoever holds it claims the one that follows. Whoever comes second gets the first one's answer.
create or replace function app.key_retire(p_id uuid) returns uuid
language plpgsql volatile set search_path = pg_catalog, app as
$$
declare
	old app.api_key;
begin
	update app.api_key set successor = app.uuid7(), rotated_at = now(), expires_at = least(expires_at, now() + interval '1 day')
	where id = p_id and successor is null and revoked_at is null returning * into old;
	if old.id is null then
		return (select successor from app.api_key where id = p_id);
	end if;
	perform app.audit_as(old.principal_id, 'key.rotated', old.successor, app.key_rotation(old, old.successor, null));
	return old.successor;
end
$$;

-- For the key that the transaction runs under: its successor, once.
create or replace function app.key_claim(p_draft app.key_draft) returns setof app.cave_key
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	old app.api_key;
begin
	update app.api_key set claimed_at = now() where id = app.key() and successor is not null and claimed_at is null and revoked_at is null returning * into old;
	if old.id is null then
		return;
	end if;
	perform app.key_follow(old, old.successor, p_draft);
	perform app.audit('key.claimed', old.successor, jsonb_build_object('from', old.id, 'prefix', p_draft.prefix));
	return query select * from app.cave_key where id = old.successor;
end
$$;

-- For the daily work: admin keys that are due get their day. How many they were.
create or replace function app.keys_rotate_due() returns bigint
language sql volatile security definer set search_path = pg_catalog, app as
$$
	select count(app.key_retire(id)) from app.api_key
	where type = 'admin' and due_at <= now() and successor is null and revoked_at is null and (expires_at is null or expires_at > now())
$$;

-- Some of what a key may still ask for, for one host, which spends it within the minute: a tenth of what is left, so that little of it lies on a host
-- that does not need it. The minute before counts for as much of it as a minute's look back still covers. Without a grant, when to ask again.
create or replace function app.key_rate_take(p_key uuid, p_limit integer)
	returns table (granted integer, remaining integer, reset_ms integer, retry_ms integer)
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	r app.key_rate;
	t timestamptz;
	gone double precision; -- minutes since it began
	room integer;
begin
	perform set_config('synchronous_commit', 'off', true);
	insert into app.key_rate (key_id) values (p_key) on conflict (key_id) do nothing;
	select * into r from app.key_rate where key_id = p_key for update;
	t := clock_timestamp();
	gone := greatest(0, extract(epoch from t - r.began_at) / 60);
	if gone >= 2 then
		r := (p_key, t, 0, 0);
		gone := 0;
	elsif gone >= 1 then
		r := (p_key, r.began_at + interval '1 minute', 0, r.used);
		gone := gone - 1;
	end if;
	room := p_limit - r.used - floor(r.before * (1 - gone));
	granted := greatest(0, least(room, greatest(1, room / 10)));
	remaining := greatest(0, room - granted);
	reset_ms := ceil(60000 * (1 - gone));
	retry_ms := case
		when granted > 0 then 0
		when r.used < p_limit then 1 + ceil(60000 * (1 - (p_limit - r.used) / r.before::double precision - gone))
		else 1 + reset_ms end;
	update app.key_rate set began_at = r.began_at, used = r.used + granted, before = r.before where key_id = p_key;
	return next;
end
$$;

revoke all on function app.may_manage_keys(), app.key_make(text, text, text, text, text[], app.key_draft), app.key_issue(text, text, text, text, text[], app.key_draft),
	app.key_bootstrap(text, text[], app.key_draft), app.key_follow(app.api_key, uuid, app.key_draft), app.key_rotation(app.api_key, uuid, text),
	app.key_rotate(uuid, bigint, uuid, app.key_draft), app.key_retire(uuid), app.key_claim(app.key_draft), app.keys_rotate_due(),
	app.key_rate_take(uuid, integer) from public;
grant execute on function app.may_manage_keys(), app.key_issue(text, text, text, text, text[], app.key_draft), app.key_bootstrap(text, text[], app.key_draft),
	app.key_rotate(uuid, bigint, uuid, app.key_draft), app.key_claim(app.key_draft) to app_user;
grant execute on function app.key_rate_take(uuid, integer) to app_user, app_auth;
grant execute on function app.keys_rotate_due() to app_job;

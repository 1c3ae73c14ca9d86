-- The trail, its seals, and what webhooks are told of it. Programs leave a trace through app.audit; the sealer (app_audit) reads the trail and adds to the
-- chain, nothing else. The change, its trace and the messages about it hold or fail together.

-- One delivery for each webhook that wants to hear of an event. What webhooks do themselves is told by none: that would never end.
create or replace function app.audit_tell(e app.audit_event) returns boolean
language plpgsql volatile as
$$
declare
	hook uuid;
begin
	for hook in
		select id from app.webhook
		where active and e.event_type = any (events) and e.event_type not like 'webhook.%' and (only_namespace_id is null or only_namespace_id = e.namespace_id)
	loop
		insert into app.webhook_delivery (webhook_id, event_id, event, body) values (hook, e.id, e.event_type, app.webhook_body(e));
		perform app.webhook_plan(hook, e.id, now());
	end loop;
	return true;
end
$$;

-- In the running transaction: the change and its trace hold or fail together.
create or replace function app.audit(p_type text, p_entity uuid, p_payload jsonb default '{}') returns boolean
language sql volatile security definer set search_path = pg_catalog, app as
$$
	with event as (
		insert into app.audit_event (event_type, entity_id, payload, actor_type)
		values (p_type, p_entity, p_payload, (select kind from app.principal where id = app.actor()))
		returning id, app.audit_tell(audit_event) as told)
	insert into app.audit_pending (event_id) select id from event where told returning true
$$;
-- The same where nobody is signed in yet: the actor is the one who has just proved himself, or nobody.
create or replace function app.audit_as(p_actor uuid, p_type text, p_entity uuid, p_payload jsonb default '{}') returns boolean
language sql volatile security definer set search_path = pg_catalog, app as
$$
	with event as (
		insert into app.audit_event (namespace_id, actor_id, actor_type, event_type, entity_id, payload)
		select p.namespace_id, p_actor, p.kind, p_type, p_entity, p_payload
		from (values (1)) one left join app.principal p on p.id = p_actor
		returning id, app.audit_tell(audit_event) as told)
	insert into app.audit_pending (event_id) select id from event where told returning true
$$;

-- Seals what waits under these numbers, behind seal p_after; false when another sealer was faster. Two can neither fork the chain nor seal an event twice.
create or replace function app.audit_seal(p_after bigint, p_pending text[], p_hashes text[], p_sigs text[], p_kid text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	last bytea;
	sealed bigint;
begin
	perform pg_advisory_xact_lock(7402116253348202); -- of every sealer of this database
	if coalesce((select max(seq) from app.audit_chain), 0) <> p_after then
		return false;
	end if;
	select hash into last from app.audit_chain where seq = p_after;
	insert into app.audit_chain (seq, event_id, prev, hash, sig, kid)
	select p_after + u.at, p.event_id, coalesce(lag(decode(u.hash, 'hex')) over (order by u.at), last, decode(repeat('00', 32), 'hex')), decode(u.hash, 'hex'), decode(u.sig, 'hex'), p_kid
	from unnest(p_pending::bigint[], p_hashes, p_sigs) with ordinality u (n, hash, sig, at) join app.audit_pending p on p.n = u.n;
	get diagnostics sealed = row_count;
	if sealed <> cardinality(p_pending) then
		raise exception 'what was to be sealed does not wait any more';
	end if;
	delete from app.audit_pending where n = any (p_pending::bigint[]);
	return true;
end
$$;

-- Whether the log files can be written: null, or why not.
create or replace function app.audit_fault(p_fault text) returns boolean
language sql volatile security definer set search_path = pg_catalog, app as
$$ update app.audit_sealer set fault = p_fault where fault is distinct from p_fault returning true $$;

-- For how long the oldest event has been waiting for its seal, and what is wrong with the log files.
create or replace function app.audit_state() returns table (waits_us bigint, fault text)
language sql stable security definer set search_path = pg_catalog, app as
$$
	select coalesce((
		select (extract(epoch from clock_timestamp() - (select recorded_at from app.audit_event where id = p.event_id)) * 1000000)::bigint
		from app.audit_pending p order by p.n limit 1), 0), s.fault
	from app.audit_sealer s
$$;

-- A namespace by its name or its id, for whoever filters by it.
create or replace function app.namespace_find(p_name text) returns uuid
language sql stable security definer set search_path = pg_catalog, app as
$$ select id from app.namespace where name = p_name or id::text = lower(p_name) $$;

revoke all on function app.audit_tell(app.audit_event), app.audit(text, uuid, jsonb), app.audit_as(uuid, text, uuid, jsonb), app.audit_seal(bigint, text[], text[], text[], text),
	app.audit_fault(text), app.audit_state(), app.namespace_find(text) from public;
grant execute on function app.audit(text, uuid, jsonb), app.namespace_find(text) to app_user;
grant execute on function app.audit_state() to app_user, app_auth;
grant execute on function app.audit_seal(bigint, text[], text[], text[], text), app.audit_fault(text) to app_audit;

-- An admin reads all of it, everybody what he did himself; a seal by whoever reads what it seals.
drop policy if exists audit_event_admin on app.audit_event;
create policy audit_event_admin on app.audit_event for select to app_user using ((select app.actor_role()) = 'admin');
drop policy if exists audit_event_self on app.audit_event;
create policy audit_event_self on app.audit_event for select to app_user using (actor_id = (select app.actor()));
drop policy if exists audit_event_seal on app.audit_event;
create policy audit_event_seal on app.audit_event for select to app_audit using (true);
grant select on app.audit_event to app_user, app_audit;

drop policy if exists audit_chain_admin on app.audit_chain;
create policy audit_chain_admin on app.audit_chain for select to app_user using ((select app.actor_role()) = 'admin');
drop policy if exists audit_chain_self on app.audit_chain;
create policy audit_chain_self on app.audit_chain for select to app_user using ((select actor_id from app.audit_event e where e.id = event_id) = (select app.actor()));
drop policy if exists audit_chain_seal on app.audit_chain;
create policy audit_chain_seal on app.audit_chain for select to app_audit using (true);
drop policy if exists audit_pending_seal on app.audit_pending;
create policy audit_pending_seal on app.audit_pending for select to app_audit using (true);
grant select on app.audit_chain to app_user, app_audit;
grant select on app.audit_pending to app_audit;

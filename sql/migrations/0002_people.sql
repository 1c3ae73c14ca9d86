-- What a person sets, and the trail of who changed what. Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

create table profile (
	principal_id uuid primary key references principal on delete cascade,
	mode         text not null default 'productive' check (mode in ('productive', 'creative', 'playful')),
	theme        text not null default 'system' check (theme in ('light', 'dark', 'system')),
	density      text not null default 'comfy' check (density in ('comfy', 'compact')),
	language     text not null default 'en' check (language in ('en', 'de')),
	toggles      jsonb not null default '{}' check (jsonb_typeof(toggles) = 'object'),
	is_public    boolean not null default false
);

-- One row per change, written in the transaction of the change. Rows are never changed or deleted, and outlive what they tell of: no foreign keys.
create table audit_event (
	id           uuid primary key default uuid7(),
	recorded_at  timestamptz not null default clock_timestamp(),
	namespace_id uuid default namespace(),
	actor_id     uuid default actor(),
	event_type   text not null check (event_type ~ '^[a-z]+\.[a-z_]+$'),
	entity_id    uuid,
	payload      jsonb not null default '{}',
	tx           xid8 not null default pg_current_xact_id()
);
create index audit_event_of_actor on audit_event (actor_id, id desc);
create index audit_event_of_type on audit_event (event_type, id desc);

do $$
declare
	t text;
begin
	foreach t in array array['profile', 'audit_event'] loop
		execute format('alter table %I enable row level security', t);
		execute format('alter table %I force row level security', t);
	end loop;
end $$;
create policy profile_owner on profile to app_owner using (true) with check (true);
-- Not even the owner changes or deletes what is written.
create policy audit_event_owner_read on audit_event for select to app_owner using (true);
create policy audit_event_owner_add on audit_event for insert to app_owner with check (true);

-- In the running transaction: the change and its trace hold or fail together.
create function audit(p_type text, p_entity uuid, p_payload jsonb default '{}') returns boolean
language sql volatile security definer set search_path = pg_catalog, app as
$$
	insert into app.audit_event (event_type, entity_id, payload) values (p_type, p_entity, p_payload) returning true
$$;
-- The same where nobody is signed in yet: the actor is the one who has just proved himself, or nobody.
create function audit_as(p_actor uuid, p_type text, p_entity uuid, p_payload jsonb default '{}') returns boolean
language sql volatile security definer set search_path = pg_catalog, app as
$$
	insert into app.audit_event (namespace_id, actor_id, event_type, entity_id, payload)
	values ((select namespace_id from app.principal where id = p_actor), p_actor, p_type, p_entity, p_payload) returning true
$$;

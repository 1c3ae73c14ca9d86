-- The sealed trail: each row of audit_event gets a place in a chain, once it is committed. Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

-- What the actor was then; the principal may be gone when somebody asks.
alter table audit_event add column actor_type text;

-- Events that wait for their seal. The row is written with the event and goes with the seal, so that no event is lost, whatever order transactions end
-- in and whatever cluster they are restored to. Numbers grow: what came after a change stands behind it.
create table audit_pending (
	n        bigint generated always as identity primary key,
	event_id uuid not null
);
insert into audit_pending (event_id) select id from audit_event order by tx, id;

-- The line itself is made of the event and its seal; see lib/core/audit.h. Never changed or deleted, like what it seals.
create table audit_chain (
	seq      bigint primary key check (seq > 0),
	event_id uuid not null unique,
	prev     bytea not null check (length(prev) = 32),
	hash     bytea not null check (length(hash) = 32),
	sig      bytea not null check (length(sig) = 32),
	kid      text not null
);

-- Why a log file cannot be written; null while it can.
create table audit_sealer (
	single boolean primary key default true check (single),
	fault  text
);
insert into audit_sealer default values;

do $$
declare
	t text;
begin
	foreach t in array array['audit_pending', 'audit_chain', 'audit_sealer'] loop
		execute format('alter table %I enable row level security', t);
		execute format('alter table %I force row level security', t);
	end loop;
end $$;
create policy audit_pending_owner on audit_pending to app_owner using (true) with check (true);
create policy audit_chain_owner_read on audit_chain for select to app_owner using (true);
create policy audit_chain_owner_add on audit_chain for insert to app_owner with check (true);
create policy audit_sealer_owner on audit_sealer to app_owner using (true) with check (true);

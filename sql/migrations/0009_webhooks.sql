-- Whom the installation tells what happened, what is still to be told, and what it was told itself. Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

-- The secret is sealed under the row's id by the program, which therefore makes the id; only the program can open it.
create table webhook (
	id                uuid primary key,
	only_namespace_id uuid references namespace on delete cascade, -- null: what happens in any
	created_by        uuid not null default actor() references principal on delete cascade,
	url               text not null check (char_length(url) <= 2000),
	events            text[] not null check (cardinality(events) between 1 and 50),
	secret            text not null,
	active            boolean not null default true,
	created_at        timestamptz not null default now()
);
create index on webhook (only_namespace_id);
create index on webhook (created_by);

-- One event for one webhook, written in the transaction of the event.
--   pending --answered well--> delivered        pending --the last attempt failed--> dead --an admin--> pending
create table webhook_delivery (
	webhook_id   uuid not null references webhook on delete cascade,
	event_id     uuid not null,
	event        text not null,
	body         text not null,
	state        text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
	attempt      integer not null default 0,
	next_at      timestamptz default now(),
	status_code  integer,
	error        text,
	created_at   timestamptz not null default now(),
	delivered_at timestamptz,
	primary key (webhook_id, event_id),
	check ((state = 'pending') = (next_at is not null)),
	check ((state = 'delivered') = (delivered_at is not null))
);
create index webhook_delivery_due on webhook_delivery (next_at) where state = 'pending';
create index webhook_delivery_over on webhook_delivery (created_at) where state <> 'pending';

-- What came in by a signed message lately, by its id and by its bytes: neither counts a second time.
create table webhook_seen (
	key     text primary key,
	seen_at timestamptz not null default now()
);
create index on webhook_seen (seen_at);

do $$
declare
	t text;
begin
	foreach t in array array['webhook', 'webhook_delivery', 'webhook_seen'] loop
		execute format('alter table %I enable row level security', t);
		execute format('alter table %I force row level security', t);
		execute format('create policy %I on %I to app_owner using (true) with check (true)', t || '_owner', t);
	end loop;
end $$;

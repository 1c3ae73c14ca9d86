-- Work for later: one queue for any number of runners on any number of hosts. Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

-- A claim begins a lease and raises the fence; what a runner then does to the job or in its name, it does with the fence of its claim.
--   queued --claim--> running --finish--> done        running --fail--> queued, or dead when no attempt is left
--   running, the lease over --claim--> running        dead --an admin--> queued
create table job (
	id           uuid primary key default uuid7(),
	kind         text not null check (kind ~ '^[a-z]+(_[a-z]+)*$' and char_length(kind) <= 64),
	namespace_id uuid default namespace(),
	payload      jsonb not null default '{}' check (jsonb_typeof(payload) = 'object'),
	unique_key   text check (char_length(unique_key) between 1 and 200),
	state        text not null default 'queued' check (state in ('queued', 'running', 'done', 'dead')),
	run_at       timestamptz not null default now(),
	attempts     integer not null default 0,
	max_attempts integer,
	fence        bigint not null default 0,
	worker       text,
	lease_until  timestamptz,
	last_error   text,
	created_at   timestamptz not null default now(),
	finished_at  timestamptz,
	-- when it may be claimed
	due_at       timestamptz generated always as (case state when 'queued' then run_at when 'running' then lease_until end) stored,
	unique (kind, unique_key),
	check ((state = 'running') = (lease_until is not null)),
	check ((state in ('done', 'dead')) = (finished_at is not null))
);
create index job_due on job (due_at) where due_at is not null;
create index job_of_state on job (state, id desc);
create index job_finished on job (finished_at) where finished_at is not null;
alter table job enable row level security;
alter table job force row level security;
create policy job_owner on job to app_owner using (true) with check (true);

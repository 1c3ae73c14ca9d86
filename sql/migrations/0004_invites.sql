-- How somebody comes in where signing up is not open to everybody. Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

create table invite (
	id         uuid primary key default uuid7(),
	hash       text not null unique check (hash ~ '^[0-9a-f]{64}$'),
	role       text not null default 'beginner' check (role in ('beginner', 'advanced', 'pro', 'admin')),
	email      text check (email = lower(email)),
	created_by uuid default actor() references principal on delete set null,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null,
	used_at    timestamptz,
	used_by    uuid references principal on delete set null
);
create index on invite (created_by);
create index on invite (used_by);
alter table invite enable row level security;
alter table invite force row level security;
create policy invite_owner on invite to app_owner using (true) with check (true);

-- Second factors: an authenticator app's secret, and the recovery codes that stand in for it. Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

-- The secret is sealed by the auth program with a key that the database never sees. Until the first code has come it counts for nothing.
create table second_factor (
	principal_id uuid primary key references principal on delete cascade,
	secret       text not null check (char_length(secret) between 40 and 200),
	confirmed_at timestamptz,
	last_step    bigint not null default 0,
	wrong        integer not null default 0,
	wrong_since  timestamptz not null default now(),
	created_at   timestamptz not null default now()
);

create table recovery_code (
	principal_id uuid not null references second_factor on delete cascade,
	hash         text not null check (hash ~ '^[0-9a-f]{64}$'),
	used_at      timestamptz,
	primary key (principal_id, hash)
);

-- When the second factor was last shown in it.
alter table session add column proved_at timestamptz;

do $$
declare
	t text;
begin
	foreach t in array array['second_factor', 'recovery_code'] loop
		execute format('alter table %I enable row level security', t);
		execute format('alter table %I force row level security', t);
		execute format('create policy %I on %I to app_owner using (true) with check (true)', t || '_owner', t);
	end loop;
end $$;

-- Who there is, how they prove it, and the first noun. Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

-- The actor of the running transaction; unset and empty both mean nobody.
create function actor() returns uuid language sql stable parallel safe as
$$ select nullif(current_setting('app.actor', true), '')::uuid $$;

create function namespace() returns uuid language sql stable parallel safe as
$$ select nullif(current_setting('app.namespace', true), '')::uuid $$;

create function actor_role() returns text language sql stable parallel safe as
$$ select nullif(current_setting('app.role', true), '') $$;

-- Whether what is public may be read without signing in; set once for a worker's whole connection.
create function public_read() returns boolean language sql stable parallel safe as
$$ select coalesce(current_setting('app.public_read', true), '') = '1' $$;

-- RFC 9562 version 7: 48 bits of milliseconds, then a random UUID's bits with the version set to 7.
create function uuid7() returns uuid language sql volatile parallel safe as
$$
	select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
		placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
$$;

create table namespace (
	id         uuid primary key default uuid7(),
	name       text not null unique check (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	created_at timestamptz not null default now()
);

create table principal (
	id           uuid primary key default uuid7(),
	namespace_id uuid not null references namespace,
	kind         text not null check (kind in ('person', 'agent', 'service')),
	role         text not null default 'beginner' check (role in ('beginner', 'advanced', 'pro', 'admin')),
	disabled_at  timestamptz,
	created_at   timestamptz not null default now(),
	unique (id, namespace_id)
);
create index on principal (namespace_id);

-- A person's name and proof. Addresses are kept in lower case.
create table account (
	principal_id  uuid primary key references principal on delete cascade,
	email         text not null unique check (email = lower(email)),
	password_hash text
);

-- One sign-in. Its refresh tokens are a chain: `generation` is the one that counts now.
create table session (
	id           uuid primary key default uuid7(),
	principal_id uuid not null references principal on delete cascade,
	generation   integer not null default 0,
	rotated_at   timestamptz not null default now(),
	created_at   timestamptz not null default now(),
	expires_at   timestamptz not null default now() + interval '14 days',
	ends_at      timestamptz not null default now() + interval '90 days',
	revoked_at   timestamptz,
	revoked_for  text
);
create index on session (principal_id);

create table api_key (
	id           uuid primary key default uuid7(),
	principal_id uuid not null references principal on delete cascade,
	name         text not null,
	hash         text not null unique check (hash ~ '^[0-9a-f]{64}$'),
	scopes       text[] not null default '{}',
	created_at   timestamptz not null default now(),
	expires_at   timestamptz,
	revoked_at   timestamptz
);
create index on api_key (principal_id);

create table login_link (
	hash         text primary key check (hash ~ '^[0-9a-f]{64}$'),
	principal_id uuid not null references principal on delete cascade,
	expires_at   timestamptz not null,
	used_at      timestamptz
);
create index on login_link (principal_id);

-- Switches of the whole installation; every worker looks twice a second.
create table switch (
	name       text primary key,
	"on"       boolean not null default false,
	reason     text not null default '',
	changed_at timestamptz not null default now(),
	changed_by uuid references principal on delete set null
);

create table quest (
	id           uuid primary key default uuid7(),
	namespace_id uuid not null default namespace(),
	owner_id     uuid not null default actor(),
	title        text not null check (char_length(title) between 1 and 120),
	body         text not null default '' check (char_length(body) <= 10000),
	status       text not null default 'open' check (status in ('open', 'active', 'done', 'dropped')),
	visibility   text not null default 'private' check (visibility in ('private', 'public')),
	difficulty   text not null default 'normal' check (difficulty in ('easy', 'normal', 'hard')),
	tags         text[] not null default '{}' check (cardinality(tags) <= 10),
	version      integer not null default 1,
	created_at   timestamptz not null default now(),
	updated_at   timestamptz not null default now(),
	foreign key (owner_id, namespace_id) references principal (id, namespace_id) on update cascade on delete cascade
);
create index quest_of_owner on quest (owner_id, id desc);
create index quest_public_in_namespace on quest (namespace_id, id desc) where visibility = 'public';
create index quest_public on quest (id desc) where visibility = 'public';

do $$
declare
	t text;
begin
	foreach t in array array['namespace', 'principal', 'account', 'session', 'api_key', 'login_link', 'switch', 'quest'] loop
		execute format('alter table %I enable row level security', t);
		execute format('alter table %I force row level security', t);
		-- The owner's own functions see everything; nobody logs in as the owner.
		execute format('create policy %I on %I to app_owner using (true) with check (true)', t || '_owner', t);
	end loop;
end $$;

insert into namespace (name) values ('default');
insert into switch (name) values ('kill');

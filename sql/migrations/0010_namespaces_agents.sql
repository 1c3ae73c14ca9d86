-- Namespaces with members, and what acts without being a person. Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

alter table namespace add column display_name text not null default '' check (char_length(display_name) <= 80);

-- Who belongs where. A membership ends softly, since what was made in it refers to it.
create table namespace_member (
	principal_id uuid not null references principal on delete cascade,
	namespace_id uuid not null references namespace on delete cascade,
	role         text not null default 'member' check (role in ('member', 'manager')),
	created_at   timestamptz not null default now(),
	ended_at     timestamptz,
	primary key (principal_id, namespace_id)
);
create index on namespace_member (namespace_id, principal_id);
insert into namespace_member (principal_id, namespace_id, created_at) select id, namespace_id, created_at from principal;

-- A quest is made by a member, at home or elsewhere: one row is looked up and locked for it, as before.
alter table quest drop constraint quest_owner_id_namespace_id_fkey;
alter table quest add foreign key (owner_id, namespace_id) references namespace_member (principal_id, namespace_id) on delete cascade;
drop index quest_of_owner;
create index quest_of_owner on quest (owner_id, namespace_id, id desc);

alter table principal add column expires_at timestamptz;

-- An agent of somebody, or a service of the installation. What its owner or an admin decides stands here; what is asked at entry follows from it
-- into `principal`: see sql/access/machine.sql.
create table machine (
	principal_id uuid primary key,
	namespace_id uuid not null,
	kind         text not null check (kind in ('agent', 'service')),
	owner_id     uuid references principal on delete cascade,
	name         text not null check (char_length(name) between 1 and 80),
	role         text not null check (role in ('beginner', 'advanced', 'pro', 'admin')),
	scopes       text[] not null default '{}',
	created_at   timestamptz not null default now(),
	expires_at   timestamptz,
	killed_at    timestamptz,
	killed_by    uuid references principal on delete set null,
	kill_reason  text not null default '' check (char_length(kill_reason) <= 200),
	foreign key (principal_id, namespace_id) references principal (id, namespace_id) on update cascade on delete cascade,
	check ((kind = 'agent') = (owner_id is not null)),
	check (kind = 'service' or (role <> 'admin' and scopes <> '{}' and expires_at is not null))
);
create index on machine (owner_id);
create index on machine (killed_by);
insert into machine (principal_id, namespace_id, kind, name, role, created_at, killed_at)
select id, namespace_id, kind, coalesce((select name from api_key where principal_id = p.id order by id limit 1), 'service'), role, created_at, disabled_at
from principal p where kind = 'service';

do $$
declare
	t text;
begin
	foreach t in array array['namespace_member', 'machine'] loop
		execute format('alter table %I enable row level security', t);
		execute format('alter table %I force row level security', t);
		execute format('create policy %I on %I to app_owner using (true) with check (true)', t || '_owner', t);
	end loop;
end $$;

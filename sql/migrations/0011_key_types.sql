-- Keys of every type: whom they are for, how often they may ask, and what takes their place. Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

alter table api_key
	add column type       text not null default 'personal' check (type in ('personal', 'service', 'admin', 'namespace', 'session', 'model_access')),
	add column namespace  text references namespace (name) on update cascade on delete cascade,
	add column model_id   text check (char_length(model_id) between 1 and 200),
	add column rate_limit integer check (rate_limit between 1 and 100000), -- requests a minute; null: as many as its principal
	add column created_by uuid references principal on delete set null,
	add column due_at     timestamptz, -- from then on it is to be replaced
	add column rotated_at timestamptz, -- when it took the place of another, or another took its place
	add column successor  uuid,        -- the key that takes its place; until that is claimed an id and nothing more
	add column claimed_at timestamptz,
	add constraint api_key_namespace check ((namespace is not null) = (type in ('namespace', 'session', 'model_access'))),
	add constraint api_key_model check ((model_id is not null) = (type = 'model_access'));
update api_key set type = 'service' where name like 'API_TOKENS %';
create index on api_key (namespace);
create index on api_key (created_by);
create index api_key_issued on api_key (id desc) where type not in ('personal', 'service');

-- What a key has used of its limit, on all hosts together: in the minute that began then, and in the minute before.
create table key_rate (
	key_id   uuid primary key references api_key on delete cascade,
	began_at timestamptz not null default clock_timestamp(),
	used     integer not null default 0,
	before   integer not null default 0
) with (fillfactor = 50);
alter table key_rate enable row level security;
alter table key_rate force row level security;
create policy key_rate_owner on key_rate to app_owner using (true) with check (true);

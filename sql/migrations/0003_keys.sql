-- Personal keys: what they are called, where they came from, when they were used. Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

alter table api_key
	add column prefix text not null default '' check (char_length(prefix) <= 16),
	add column last_used_at timestamptz,
	add column rotated_from uuid references api_key on delete set null;
alter table api_key alter column principal_id set default actor();
create index on api_key (rotated_from);

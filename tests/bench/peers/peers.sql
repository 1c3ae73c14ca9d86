-- The peers' table: the shape, indexes and rows of app.quest, with the plainest policy that keeps owners apart.
create schema bench;
create table bench.quest (like app.quest including all);
insert into bench.quest select * from app.quest;
alter table bench.quest enable row level security;
create policy own on bench.quest
	using (owner_id = (select nullif(current_setting('bench.actor', true), '')::uuid))
	with check (owner_id = (select nullif(current_setting('bench.actor', true), '')::uuid));
grant usage on schema bench to app_user;
grant select, insert on bench.quest to app_user;
vacuum analyze bench.quest;

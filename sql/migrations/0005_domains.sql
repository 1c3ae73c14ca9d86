-- What a quest's words may be, as domains: a connection reads their checks once, a table's own anew with every statement (12 us of an insert's 70).
-- Runs as app_owner; forward only.
set local search_path = app, pg_catalog;

create domain quest_title as text check (char_length(value) between 1 and 120);
create domain quest_body as text check (char_length(value) <= 10000);
create domain quest_status as text check (value in ('open', 'active', 'done', 'dropped'));
create domain quest_visibility as text check (value in ('private', 'public'));
create domain quest_difficulty as text check (value in ('easy', 'normal', 'hard'));
create domain quest_tags as text[] check (cardinality(value) <= 10);

alter table quest drop constraint quest_title_check, drop constraint quest_body_check, drop constraint quest_status_check,
	drop constraint quest_visibility_check, drop constraint quest_difficulty_check, drop constraint quest_tags_check;
drop policy if exists quest_read on quest; -- made again, like every policy, by sql/access
drop index quest_public_in_namespace, quest_public;
alter table quest
	alter title type quest_title, alter body type quest_body, alter status type quest_status, alter visibility type quest_visibility,
	alter difficulty type quest_difficulty, alter tags type quest_tags;
create index quest_public_in_namespace on quest (namespace_id, id desc) where visibility = 'public';
create index quest_public on quest (id desc) where visibility = 'public';

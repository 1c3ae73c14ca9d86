-- A sub-select is worked out once for a statement, a plain call for each row that gets so far: few do, and an unused sub-select costs a microsecond.
-- A quest is its owner's; one that is public is read by everybody in its namespace, and by anybody at all where PUBLIC_READ is on.

drop policy if exists quest_read on app.quest;
create policy quest_read on app.quest for select to app_user using (
	owner_id = (select app.actor())
	or (visibility = 'public' and (namespace_id = app.namespace() or app.public_read())));

drop policy if exists quest_add on app.quest;
create policy quest_add on app.quest for insert to app_user
	with check (owner_id = app.actor() and namespace_id = app.namespace());

drop policy if exists quest_change on app.quest;
create policy quest_change on app.quest for update to app_user
	using (owner_id = (select app.actor())) with check (owner_id = (select app.actor()));

drop policy if exists quest_remove on app.quest;
create policy quest_remove on app.quest for delete to app_user using (owner_id = (select app.actor()));

grant select, delete, insert (title, body, visibility, difficulty, tags),
	update (title, body, status, visibility, difficulty, tags, version, updated_at) on app.quest to app_user;

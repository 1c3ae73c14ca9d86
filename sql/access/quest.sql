-- A sub-select is worked out once for a statement, a plain call for each row that gets so far; an unused one costs half a microsecond.
-- A quest is its owner's; one that is public is read by everybody in its namespace, and by anybody at all where PUBLIC_READ is on. Either way it is
-- reached from within its namespace only: who is no member any more has lost what he made there, too. A key that was narrowed reads and writes no
-- more than its scopes say, whatever statement it is used for; who may write sees what he writes.

drop policy if exists quest_read on app.quest;
create policy quest_read on app.quest for select to app_user using (
	(owner_id = (select app.actor_with('quest:read', 'quest:write')) and namespace_id = (select app.namespace()))
	or (visibility = 'public' and (namespace_id = (select app.namespace_with('quest:read')) or app.public_read())));

drop policy if exists quest_add on app.quest;
create policy quest_add on app.quest for insert to app_user
	with check (owner_id = app.actor_with('quest:write') and namespace_id = app.namespace());

drop policy if exists quest_change on app.quest;
create policy quest_change on app.quest for update to app_user
	using (owner_id = (select app.actor_with('quest:write')) and namespace_id = (select app.namespace()))
	with check (owner_id = (select app.actor_with('quest:write')) and namespace_id = (select app.namespace()));

drop policy if exists quest_remove on app.quest;
create policy quest_remove on app.quest for delete to app_user
	using (owner_id = (select app.actor_with('quest:write')) and namespace_id = (select app.namespace()));

grant select, delete, insert (title, body, visibility, difficulty, tags),
	update (title, body, status, visibility, difficulty, tags, version, updated_at) on app.quest to app_user;

-- What somebody takes away with him: his own in every namespace that he belongs to.
create or replace function app.quests_of_actor() returns setof app.quest
language sql stable security definer set search_path = pg_catalog, app as
$$
	select q.* from app.namespace_member m join app.quest q on q.owner_id = m.principal_id and q.namespace_id = m.namespace_id
	where m.principal_id = app.actor() and m.ended_at is null
$$;
grant execute on function app.quests_of_actor() to app_user;

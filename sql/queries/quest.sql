-- Quests: what a member may see and change. Row policies decide on the rows; see sql/access/quest.sql.

-- name: quest_list   programs: api
-- Newest first, one row more than asked for so that the caller knows whether there is a next page. Ordered walks, each over an index of its
-- own, merged: a single walk with OR would read past everybody else's rows. Without filters, because four that may be absent triple the cost. :before is
-- always given, and :me is the actor (row policies do not take the caller's word for it): plain parameters, from which the planner walks an index.
select id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at
from (
	(select id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at from quest
	where owner_id = :me::uuid and namespace_id = (select app.namespace()) and id < :before::uuid
	order by id desc limit :limit::bigint + 1)
	union all
	(select id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at from quest
	where visibility = 'public' and namespace_id = (select app.namespace()) and owner_id is distinct from :me::uuid
		and id < :before::uuid
	order by id desc limit :limit::bigint + 1)
) seen
order by id desc limit :limit::bigint + 1;

-- name: quest_search   programs: api
-- The same with filters, and with what is public elsewhere where PUBLIC_READ is on.
select id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at
from (
	(select id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at from quest
	where owner_id = :me::uuid and namespace_id = (select app.namespace()) and id < :before::uuid
		and (:status::text is null or status = :status) and (:visibility::text is null or visibility = :visibility)
		and (:difficulty::text is null or difficulty = :difficulty) and (:tag::text is null or tags @> array[:tag::text])
	order by id desc limit :limit::bigint + 1)
	union all
	(select id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at from quest
	where not :mine::boolean and visibility = 'public' and namespace_id = (select app.namespace()) and owner_id is distinct from :me::uuid
		and id < :before::uuid
		and (:status::text is null or status = :status) and (:visibility::text is null or visibility = :visibility)
		and (:difficulty::text is null or difficulty = :difficulty) and (:tag::text is null or tags @> array[:tag::text])
	order by id desc limit :limit::bigint + 1)
	union all
	(select id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at from quest
	where not :mine::boolean and (select app.public_read()) and visibility = 'public' and namespace_id is distinct from (select app.namespace())
		and id < :before::uuid
		and (:status::text is null or status = :status) and (:visibility::text is null or visibility = :visibility)
		and (:difficulty::text is null or difficulty = :difficulty) and (:tag::text is null or tags @> array[:tag::text])
	order by id desc limit :limit::bigint + 1)
) seen
order by id desc limit :limit::bigint + 1;

-- name: quest_create   programs: api
insert into quest (title, body, visibility, difficulty, tags)
values (:title::text, coalesce(:body::text, ''), coalesce(:visibility::text, 'private'), coalesce(:difficulty::text, 'normal'),
	coalesce(:tags::text[], '{}'))
returning id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at;

-- name: quest_get   programs: api
select id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at
from quest where id = :id::uuid;

-- name: quest_update   programs: api
-- Fails with CONFLICT when :version is given and the quest has moved on.
update quest set
	title = coalesce(:title::text, title), body = coalesce(:body::text, body), status = coalesce(:status::text, status),
	visibility = coalesce(:visibility::text, visibility), difficulty = coalesce(:difficulty::text, difficulty),
	tags = coalesce(:tags::text[], tags), version = version + 1, updated_at = now()
where id = :id::uuid and app.is_version(version, :version::integer)
returning id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at;

-- name: quest_delete   programs: api
delete from quest where id = :id::uuid returning id;

-- What a person has set; the defaults of the table where he has set nothing.

-- name: profile_get   programs: api
select mode, theme, density, language, toggles, is_public from profile where principal_id = app.actor()
union all
select 'productive', 'system', 'comfy', 'en', '{}', false where not exists (select from profile where principal_id = app.actor());

-- name: profile_update   programs: api   writes
with changed as (
	insert into profile (principal_id, mode, theme, density, language, toggles, is_public)
	values (app.actor(), coalesce(:mode::text, 'productive'), coalesce(:theme::text, 'system'), coalesce(:density::text, 'comfy'), coalesce(:language::text, 'en'),
		coalesce(:toggles::jsonb, '{}'), coalesce(:is_public::boolean, false))
	on conflict (principal_id) do update set
		mode = coalesce(:mode, profile.mode), theme = coalesce(:theme, profile.theme), density = coalesce(:density, profile.density),
		language = coalesce(:language, profile.language), toggles = coalesce(:toggles, profile.toggles), is_public = coalesce(:is_public, profile.is_public)
	returning mode, theme, density, language, toggles, is_public)
select mode, theme, density, language, toggles, is_public from changed
where app.audit('profile.changed', app.actor(), jsonb_strip_nulls(jsonb_build_object('mode', :mode, 'theme', :theme, 'density', :density, 'language', :language,
	'toggles', :toggles, 'is_public', :is_public)));

-- name: me_export   programs: api
-- Everything that is kept about the one who asks, as he would want to take it away.
select
	(select jsonb_build_object('id', p.id, 'email', a.email, 'role', p.role, 'kind', p.kind, 'created_at', p.created_at)
		from principal p left join account a on a.principal_id = p.id where p.id = app.actor()) as account,
	(select to_jsonb(f) - 'principal_id' from profile f where principal_id = app.actor()) as profile,
	(select coalesce(jsonb_agg(jsonb_build_object('id', id, 'created_at', created_at, 'expires_at', expires_at, 'revoked_at', revoked_at) order by id), '[]')
		from session where principal_id = app.actor()) as sessions,
	(select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'name', n.name, 'role', b.role, 'created_at', b.created_at, 'ended_at', b.ended_at) order by b.namespace_id), '[]')
		from namespace_member b left join namespace n on n.id = b.namespace_id where b.principal_id = app.actor()) as memberships,
	(select coalesce(jsonb_agg(jsonb_build_object('id', principal_id, 'name', name, 'role', role, 'scopes', scopes, 'created_at', created_at, 'expires_at', expires_at,
		'killed_at', killed_at, 'kill_reason', kill_reason) order by principal_id), '[]') from machine where owner_id = app.actor()) as agents,
	(select coalesce(jsonb_agg(to_jsonb(q) - 'owner_id' order by q.id), '[]') from app.quests_of_actor() q) as quests,
	(select coalesce(jsonb_agg(jsonb_build_object('id', id, 'recorded_at', recorded_at, 'event_type', event_type, 'entity_id', entity_id, 'payload', payload) order by id), '[]')
		from audit_event where actor_id = app.actor()) as trail
where app.actor() is not null;

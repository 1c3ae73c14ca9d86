-- Psql variables: owners (how many to invent), rows, mine (a list of principals that own an equal share), deep (one who owns every
-- ninth row, or empty). Rows of all owners are interleaved, as time would leave them. References hold, so their checks are left out.
set session_replication_role = replica;
create temporary table owner as
	with invented as (
		insert into app.principal (namespace_id, kind) select id, 'person' from app.namespace, generate_series(1, :owners) where name = 'default'
		returning id, namespace_id),
	all_of_them as (
		select id, namespace_id from invented union all
		select id, namespace_id from app.principal where id = any (string_to_array(nullif(:'mine', ''), ',')::uuid[]))
	select *, row_number() over () - 1 as n from all_of_them;
select count(*) as owners from owner \gset
create temporary table deep as
	select id, namespace_id from app.principal where id = nullif(:'deep', '')::uuid;
insert into app.quest (namespace_id, owner_id, title, body, tags)
	select coalesce(d.namespace_id, o.namespace_id), coalesce(d.id, o.id), 'Quest number ' || g, 'Walk ' || g || ' steps and say "hello" to someone',
		array['walk']
	from generate_series(1, :rows) g
		join owner o on o.n = g % :owners
		left join deep d on g % 9 = 0
	order by g;
vacuum analyze app.quest;
vacuum analyze app.principal;

-- The installation itself.

-- name: system_state   programs: api auth
-- What a worker must know twice a second.
select (extract(epoch from clock_timestamp()) * 1000000)::bigint as now_us, (select coalesce(max(version), 0) from schema_migration) as migration,
	s."on" as killed, s.reason, a.waits_us, a.fault from switch s, app.audit_state() a where s.name = 'kill';

-- name: switch_get   programs: api
select "on", reason, changed_at from switch where name = 'kill';

-- name: switch_set   programs: api   writes
with turned as (
	update switch set "on" = :on::boolean, reason = coalesce(:reason::text, ''), changed_at = now(), changed_by = app.actor()
	where name = 'kill' returning "on", reason, changed_at)
select "on", reason, changed_at from turned where app.audit('switch.turned', null, jsonb_build_object('on', "on", 'reason', reason));

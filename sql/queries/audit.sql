-- The trail. The first columns of each are what a line of the log is made of, in the order that lib/core/audit.h reads them.

-- name: audit_list   programs: api
-- `signature_valid` is filled in by the program, which has the key.
select e.id, e.recorded_at, e.namespace_id, e.actor_id, e.actor_type, e.event_type, e.entity_id, e.payload, c.seq, c.prev, c.hash, c.sig, c.kid,
	null::boolean as signature_valid
from audit_event e left join lateral (select * from audit_chain where event_id = e.id limit 1) c on true
where e.id < :before::uuid
	and (:event_type::text is null or e.event_type = :event_type) and (:actor::uuid is null or e.actor_id = :actor)
	and (:namespace::text is null or e.namespace_id = (select app.namespace_find(:namespace)))
	and (:since::timestamptz is null or e.recorded_at >= :since) and (:until::timestamptz is null or e.recorded_at < :until)
order by e.id desc limit :limit::bigint + 1;

-- name: span_is_ordered   programs: api
select :since::timestamptz <= :until::timestamptz;

-- name: audit_sealed   programs: api audit
-- The log from a number on. What was taken out of the trail leaves its seal, and a line that does not hold.
select c.event_id, e.recorded_at, e.namespace_id, e.actor_id, e.actor_type, e.event_type, e.entity_id, e.payload, c.seq, c.prev, c.hash, c.sig, c.kid
from audit_chain c left join lateral (select * from audit_event where id = c.event_id limit 1) e on true
where c.seq > :after::bigint order by c.seq limit :limit::bigint;

-- name: audit_unsealed   programs: audit
-- Events that wait for their seal. One row at least, with the end of the chain; an event that was taken out meanwhile is sealed as what is left of it.
select p.event_id, e.recorded_at, e.namespace_id, e.actor_id, e.actor_type, e.event_type, e.entity_id, e.payload, coalesce(last.seq, 0) as last_seq, last.hash as last_hash, p.n
from (values (1)) one
left join lateral (select seq, hash from audit_chain order by seq desc limit 1) last on true
left join lateral (select * from audit_pending order by n limit :limit::bigint) p on true
left join lateral (select * from audit_event where id = p.event_id limit 1) e on true
order by p.n;

-- name: audit_seal   programs: audit   writes
select app.audit_seal(:after::bigint, :pending::text[], :hashes::text[], :sigs::text[], :kid::text);

-- name: audit_fault   programs: audit   writes
select app.audit_fault(:fault::text);

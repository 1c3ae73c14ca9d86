-- Jobs: what the runners do, and what an admin sees.

-- name: job_claim   programs: jobs
select id, kind, payload, attempt, fence from app.job_claim(:kinds::text[], :attempts::integer[], :leases::integer[], :worker::text);

-- name: job_hold   programs: jobs
-- Goes ahead of another statement, in its transaction.
select app.job_hold(:id::uuid, :fence::bigint, :seconds::integer);

-- name: job_finish   programs: jobs
-- Goes ahead of another statement, in its transaction, or alone.
select app.job_finish(:id::uuid, :fence::bigint);

-- name: job_fail   programs: jobs
select state from app.job_fail(:id::uuid, :fence::bigint, :error::text, :wait_ms::bigint);

-- name: job_yield   programs: jobs
select state from app.job_yield(:id::uuid, :fence::bigint);

-- name: job_tick   programs: jobs
select app.job_tick(:kinds::text[], :every::integer[]);

-- name: job_depth   programs: jobs
select queued, running, dead, oldest_s from app.job_depth();

-- name: job_prune   programs: jobs
select app.job_prune(:days::bigint);

-- name: job_list   programs: api
select id, kind, state, attempts, max_attempts, run_at, lease_until, worker, last_error, namespace_id, created_at, finished_at from job
where id < :before::uuid and (:state::text is null or state = :state) and (:kind::text is null or kind = :kind)
order by id desc limit :limit::bigint + 1;

-- name: job_get   programs: api
select state from job where id = :id::uuid;

-- name: job_retry   programs: api   writes
with again as (
	update job set state = 'queued', attempts = 0, run_at = now(), finished_at = null where id = :id::uuid and state = 'dead'
	returning id, kind, state, attempts, max_attempts, run_at, lease_until, worker, last_error, namespace_id, created_at, finished_at)
select * from again where app.audit('job.retried', id, jsonb_build_object('kind', kind));

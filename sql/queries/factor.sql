-- Second factors. The functions are in sql/access.

-- name: factor_find   programs: auth
select principal_id, secret from app.factor_find(:principal::uuid);

-- name: factor_of_link   programs: auth
select principal_id, secret from app.factor_of_link(:hash::text);

-- name: totp_get   programs: auth
select enabled, enabled_at, recovery_codes, proved_until from app.factor_state(:session::uuid);

-- name: totp_begin   programs: auth   writes
select factor_begin from app.factor_begin(:secret::text);

-- name: totp_confirm   programs: auth   writes
select app.factor_confirm(:step::bigint, :hashes::text[]) as verdict;

-- name: totp_recovery   programs: auth   writes
select recovery_renew from app.recovery_renew(:hashes::text[]);

-- name: totp_remove   programs: auth   writes
select app.factor_remove(:step::bigint, :recovery::text) as verdict;

-- name: session_step_up   programs: auth   writes
select verdict, proved_until from app.session_prove(:session::uuid, :step::bigint, :recovery::text);

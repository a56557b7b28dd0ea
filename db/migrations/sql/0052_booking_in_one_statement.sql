-- A time in UTC as the API writes it: with six digits of a second, or none.
CREATE OR REPLACE FUNCTION rfc3339(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS
  $$SELECT replace(to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')$$;

-- The whole transaction of an API request that books: authenticates the key, claims the Idempotency-Key, sets the shop
-- and the role for row-level security, books, and stores the answer. Returns the shop and the JSON of the appointment.
-- Returns NULL and changes nothing if the request is refused or repeated, if a reference is unknown, or if the use of
-- the key has to be recorded: the request is then answered in several statements, which name the problem.
-- Comparing digests with a random salt reveals nothing about the secret, whatever time it takes.
CREATE FUNCTION book_for_api(
  key_id uuid, key_live boolean, key_hash text, use_recorded_every interval, lock_space integer,
  idempotency_key text, hash_of_request text, app_url text, new_customer_id uuid, new_starts_at timestamptz,
  new_ends_at timestamptz, new_performer_id uuid, new_service_id uuid, new_price_cents integer,
  new_deposit_cents integer, new_payment_required boolean, new_external_id text,
  OUT shop uuid, OUT answer text
) LANGUAGE plpgsql AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  salt text := gen_random_uuid();
  shop_currency text;
BEGIN
  SELECT k.shop_id, s.currency INTO shop, shop_currency
    FROM api_keys k JOIN shops s ON s.id = k.shop_id
   WHERE k.id = key_id AND k.live = key_live AND k.scope = 'write' AND k.revoked_at IS NULL
     AND (k.expires_at IS NULL OR k.expires_at > moment) AND k.last_used_at >= moment - use_recorded_every
     AND sha256((salt || k.secret_hash)::bytea) = sha256((salt || key_hash)::bytea);
  IF shop IS NULL THEN
    RETURN;
  END IF;
  IF idempotency_key IS NOT NULL AND NOT pg_try_advisory_xact_lock(
       lock_space, hashtext(shop::text || ':' || idempotency_key)) THEN
    RETURN;
  END IF;
  PERFORM set_config('app.shop_id', shop::text, true), set_config('role', 'slots_api', true);
  INSERT INTO appointments AS a (shop_id, customer_id, starts_at, ends_at, performer_id, service_id, service,
                                 price_cents, deposit_cents, payment_required, external_id, status)
  SELECT shop, new_customer_id, new_starts_at, new_ends_at, new_performer_id, new_service_id, s.name,
         coalesce(new_price_cents, s.price_cents), new_deposit_cents, new_payment_required, new_external_id, 'booked'
    FROM (SELECT) one LEFT JOIN services s ON s.id = new_service_id AND s.shop_id = shop
   WHERE EXISTS (SELECT FROM customers c
                  WHERE c.id = new_customer_id AND c.shop_id = shop AND c.anonymised_at IS NULL)
     AND (new_performer_id IS NULL OR EXISTS (SELECT FROM performers p
                                               WHERE p.id = new_performer_id AND p.shop_id = shop))
     AND (new_service_id IS NULL OR s.id IS NOT NULL)
     AND NOT EXISTS (SELECT FROM idempotency_records r WHERE r.shop_id = shop AND r.key = idempotency_key)
  RETURNING (SELECT row_to_json(shown) FROM (SELECT
      a.id, a.external_id, a.status, rfc3339(a.starts_at) AS starts_at, rfc3339(a.ends_at) AS ends_at, a.customer_id,
      a.performer_id, a.service_id, a.service, a.price_cents, a.deposit_cents, a.payment_required, false AS paid,
      upper(coalesce(a.currency, shop_currency)) AS currency, a.source_slot_opening_id,
      app_url || '/manage/' || a.manage_token AS manage_url, rfc3339(a.cancelled_at) AS cancelled_at,
      rfc3339(a.cancel_requested_at) AS cancel_requested_at, rfc3339(a.created_at) AS created_at,
      rfc3339(a.updated_at) AS updated_at) shown) INTO answer;
  IF answer IS NOT NULL AND idempotency_key IS NOT NULL THEN
    INSERT INTO idempotency_records (shop_id, key, request_hash, status, body, headers)
    VALUES (shop, idempotency_key, hash_of_request, 201, answer, '{"Content-Type": "application/json"}');
  END IF;
END $$;

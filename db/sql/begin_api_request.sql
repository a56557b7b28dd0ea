-- Returns the key of a request with its shop, an earlier response to its Idempotency-Key, and whether no other
-- request with this Idempotency-Key is running. Sets the shop and the role for the rest of the transaction.
SELECT k.id, k.label, k.scope, k.live, k.expires_at, k.shop_id, s.name AS shop_name, s.timezone, s.currency, s.locale,
       s.country, s.sms_from, k.secret_hash,
       k.last_used_at IS NULL OR k.last_used_at < moment.now - CAST(:pause AS interval) AS record_use,
       CAST(:key AS text) IS NOT NULL
         AND pg_try_advisory_xact_lock(:space, hashtext(k.shop_id::text || ':' || CAST(:key AS text))) AS claimed,
       r.request_hash, r.status, r.body, r.headers,
       set_config('app.shop_id', k.shop_id::text, true) AS shop_set,
       set_config('role', 'slots_api', true) AS role_set
  FROM (SELECT clock_timestamp() AS now OFFSET 0) moment
  JOIN api_keys k ON k.id = :id
  JOIN shops s ON s.id = k.shop_id
  LEFT JOIN idempotency_records r ON r.shop_id = k.shop_id AND r.key = CAST(:key AS text)
       AND r.created_at > moment.now - CAST(:kept AS interval)
 WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > moment.now)

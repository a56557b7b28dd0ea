-- Compares two times of the database: when the opt-out was written, and when the message was claimed.
SELECT m.id::text AS subject, 'sent after the opt-out of ' || s.created_at AS detail
  FROM jsonb_to_recordset(CAST(:ledger AS jsonb))
       AS e(kind text, provider text, method text, params jsonb, response_id text)
  JOIN messages m ON m.id::text = substring(e.params ->> 'StatusCallback' FROM '/api/twilio/status/([0-9a-f-]+)')
  JOIN suppressions s ON s.shop_id = m.shop_id AND s.phone = phone_line(m.to_address)
 WHERE e.kind = 'request' AND e.provider = 'twilio' AND e.method = 'POST' AND e.response_id IS NOT NULL
   AND coalesce(m.claimed_at, m.created_at) > s.created_at
   AND (s.lifted_at IS NULL OR coalesce(m.claimed_at, m.created_at) < s.lifted_at)
UNION ALL
-- An e-mail with an offer is treated like a text. Its idempotency key contains the id of the message.
SELECT m.id::text, 'e-mailed after the opt-out of ' || s.created_at
  FROM jsonb_to_recordset(CAST(:ledger AS jsonb))
       AS e(kind text, provider text, idempotency_key text, response_id text)
  JOIN messages m ON 'message:' || m.id = e.idempotency_key AND m.purpose = 'offer'
  JOIN customers c ON c.id = m.customer_id
  JOIN suppressions s ON s.shop_id = m.shop_id AND s.phone = c.phone_e164
 WHERE e.kind = 'request' AND e.provider = 'resend' AND e.response_id IS NOT NULL
   AND coalesce(m.claimed_at, m.created_at) > s.created_at
   AND (s.lifted_at IS NULL OR coalesce(m.claimed_at, m.created_at) < s.lifted_at)

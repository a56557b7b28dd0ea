WITH asked AS (
  SELECT e.path, e.params, e.response_id
    FROM jsonb_to_recordset(CAST(:ledger AS jsonb))
         AS e(kind text, provider text, method text, path text, params jsonb, response_id text)
   WHERE e.kind = 'request' AND e.provider = 'stripe' AND e.method = 'POST' AND e.response_id IS NOT NULL
), given AS (
  SELECT DISTINCT p.id, p.amount_cents AS paid, asked.response_id, asked.params #>> '{metadata,purpose}' AS purpose,
         (asked.params ->> 'amount')::integer AS amount
    FROM asked JOIN payments p ON p.stripe_payment_intent_id = asked.params ->> 'payment_intent'
   WHERE asked.path = '/v1/refunds'
   AND NOT EXISTS (SELECT FROM refunds r WHERE r.stripe_refund_id = asked.response_id AND r.status = 'failed')
)
SELECT p.id::text AS subject, count(DISTINCT asked.response_id) || ' intents for one payment' AS detail
  FROM asked JOIN payments p ON p.id::text = asked.params #>> '{metadata,payment_id}'
 WHERE asked.path = '/v1/payment_intents'
 GROUP BY p.id HAVING count(DISTINCT asked.response_id) > 1
UNION ALL
SELECT id::text, count(*) || ' refunds for one purpose' FROM given GROUP BY id, purpose HAVING count(*) > 1
UNION ALL
SELECT id::text, 'refunds of ' || sum(amount) || ' for a payment of ' || paid
  FROM given GROUP BY id, paid HAVING sum(amount) > paid
UNION ALL
-- A late deposit is refunded in full.
SELECT id::text, 'a refund of ' || amount || ' instead of ' || paid FROM given
 WHERE purpose = 'refund:' || id AND amount <> paid
UNION ALL
SELECT p.id::text, 'refunds of ' || sum(r.amount_cents) || ' recorded for a payment of ' || p.amount_cents
  FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.status <> 'failed'
 GROUP BY p.id HAVING sum(r.amount_cents) > p.amount_cents

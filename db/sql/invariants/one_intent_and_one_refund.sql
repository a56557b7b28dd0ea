WITH asked AS (
  SELECT e.path, e.params, e.response_id
    FROM jsonb_to_recordset(CAST(:ledger AS jsonb))
         AS e(kind text, provider text, method text, path text, params jsonb, response_id text)
   WHERE e.kind = 'request' AND e.provider = 'stripe' AND e.method = 'POST' AND e.response_id IS NOT NULL
)
SELECT p.id::text AS subject, count(DISTINCT asked.response_id) || ' intents for one payment' AS detail
  FROM asked JOIN payments p ON p.id::text = asked.params #>> '{metadata,payment_id}'
 WHERE asked.path = '/v1/payment_intents'
 GROUP BY p.id HAVING count(DISTINCT asked.response_id) > 1
UNION ALL
SELECT p.id::text, count(DISTINCT asked.response_id) || ' refunds of one payment'
  FROM asked JOIN payments p ON p.stripe_payment_intent_id = asked.params ->> 'payment_intent'
 WHERE asked.path = '/v1/refunds'
 GROUP BY p.id HAVING count(DISTINCT asked.response_id) > 1
UNION ALL
SELECT p.id::text, 'a refund of ' || (asked.params ->> 'amount') || ' of ' || p.amount_cents
  FROM asked JOIN payments p ON p.stripe_payment_intent_id = asked.params ->> 'payment_intent'
 WHERE asked.path = '/v1/refunds' AND asked.params ->> 'amount' <> p.amount_cents::text

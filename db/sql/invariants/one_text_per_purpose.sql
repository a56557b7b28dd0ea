-- The status callback URL of each text contains the id of the message. A text that the carrier accepted has a SID.
SELECT m.id::text AS subject,
       count(DISTINCT e.response_id) || ' texts for ' || coalesce(m.purpose_key, m.purpose) AS detail
  FROM jsonb_to_recordset(CAST(:ledger AS jsonb))
       AS e(kind text, provider text, method text, path text, params jsonb, response_id text)
  JOIN messages m ON m.id::text = substring(e.params ->> 'StatusCallback' FROM '/api/twilio/status/([0-9a-f-]+)')
 WHERE e.kind = 'request' AND e.provider = 'twilio' AND e.method = 'POST' AND e.response_id IS NOT NULL
 GROUP BY m.id HAVING count(DISTINCT e.response_id) > 1
UNION ALL
-- Two messages must not have the same SID.
SELECT provider_id, count(*) || ' messages with one SID'
  FROM messages WHERE provider_id IS NOT NULL GROUP BY provider_id HAVING count(*) > 1

-- The ledger must contain only webhooks that were sent to this system.
-- There are two conditions instead of one with OR, so that Postgres can use the index and a hash for large ledgers.
SELECT e.response_id AS subject,
       'a ' || e.provider || ' webhook to ' || e.path || ' got status ' || e.status || ' but was not recorded' AS detail
  FROM jsonb_to_recordset(CAST(:ledger AS jsonb))
       AS e(kind text, provider text, path text, params jsonb, status integer, response_id text)
 WHERE e.kind = 'webhook' AND e.status BETWEEN 200 AND 299
   AND NOT EXISTS (
     SELECT 1
       FROM unnest(ARRAY[e.response_id,
                         e.response_id || ':' || lower(e.params ->> 'MessageStatus'),
                         substring(e.path FROM '/calendars/([^/]+)/webhook') || ':' || e.response_id]) possible (event_id)
       JOIN webhook_events w ON w.provider = e.provider AND w.event_id = possible.event_id)
   AND NOT EXISTS (
     SELECT 1 FROM webhook_events w
      WHERE w.provider = e.provider AND w.type = 'status'
        AND w.payload ->> 'MessageSid' = e.params ->> 'MessageSid'
        AND w.payload ->> 'MessageStatus' = e.params ->> 'MessageStatus')

-- Part of record_webhook.sql: advances a text to the status that the carrier reports, unless that is left to a task:
-- a text that did not arrive, one with another id at the carrier, and the first report about an offer whose window
-- nobody is about to start. While the text is being sent, that is done with the carrier's response.
known AS (
  SELECT m.id,
         :arrived AND (m.provider_id = :sid OR m.provider_id IS NULL
                       AND NOT EXISTS (SELECT 1 FROM messages other WHERE other.provider_id = :sid))
         AND (coalesce(o.status, '') <> 'pending' OR m.purpose <> 'offer'
              OR m.status <> 'queued' AND m.claimed_at > found.now - CAST(:being_sent AS interval)) AS is_simple
    FROM found, messages m LEFT JOIN slot_offers o ON o.id = m.slot_offer_id
   WHERE m.id = :message_id
), advanced AS (
  UPDATE messages m
     SET status = :status, carrier_status = :carrier_status, error_code = coalesce(:error_code, m.error_code),
         provider_id = :sid
    FROM known
   WHERE m.id = known.id AND known.is_simple AND m.status = ANY(CAST(:below AS text[]))
  RETURNING m.id
), applied AS (
  SELECT CASE WHEN EXISTS (SELECT 1 FROM advanced) THEN CAST(:carrier_status AS text) ELSE 'known already' END
         AS outcome
    FROM known WHERE is_simple
)

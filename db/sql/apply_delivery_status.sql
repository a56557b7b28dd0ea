-- Part of record_webhook.sql: advances a text to the status that the carrier reports, unless that is left to a task:
-- a text that did not arrive, one with another id at the carrier, and the first report about an offer whose window
-- nobody is about to start. A text that is being sent starts it with the carrier's response; a "sent" adds nothing to
-- that response, and would have to wait for it to be recorded.
known AS (
  SELECT m.id,
         m.status <> 'queued' AND coalesce(m.claimed_at > found.now - CAST(:being_sent AS interval), false) AS being_sent,
         m.purpose = 'offer' AND coalesce(o.status = 'pending', false) AS unstarted,
         :arrived AND (m.provider_id = :sid OR m.provider_id IS NULL
                       AND NOT EXISTS (SELECT 1 FROM messages other WHERE other.provider_id = :sid)) AS as_expected
    FROM found, messages m LEFT JOIN slot_offers o ON o.id = m.slot_offer_id
   WHERE m.id = :message_id
), simple AS (
  SELECT id, being_sent FROM known WHERE as_expected AND (being_sent OR NOT unstarted)
), advanced AS (
  UPDATE messages m
     SET status = :status, carrier_status = :carrier_status, error_code = coalesce(:error_code, m.error_code),
         provider_id = :sid
    FROM simple
   WHERE m.id = simple.id AND m.status = ANY(CAST(:below AS text[])) AND (:is_final OR NOT simple.being_sent)
  RETURNING m.id
), applied AS (
  SELECT CASE WHEN EXISTS (SELECT 1 FROM advanced) THEN CAST(:carrier_status AS text) ELSE 'known already' END
         AS outcome
    FROM simple
)

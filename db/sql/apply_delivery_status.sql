-- Part of the statement that records a status callback (intake/delivery_statuses.py). Advances a text to the status
-- that the carrier reports, unless a task must do so.
--
-- A task handles a text that did not arrive, a text with another id at the carrier, the first report about an offer
-- whose window was not started, and a text that another transaction has locked. A locked text is not waited for,
-- because a carrier may not repeat a report that was refused. The worker that is sending a text starts the window
-- when the carrier responds, so a report of "sent" needs no task while the text is being sent.
known AS (
  SELECT m.id, m.status = ANY(CAST(:below AS text[])) AS is_news,
         m.status <> 'queued' AND coalesce(m.claimed_at > found.now - CAST(:being_sent AS interval), false) AS being_sent,
         m.purpose = 'offer' AND coalesce(o.status = 'pending', false) AS unstarted,
         :arrived AND (m.provider_id = :sid OR m.provider_id IS NULL
                       AND NOT EXISTS (SELECT 1 FROM messages other WHERE other.provider_id = :sid)) AS as_expected
    FROM found, messages m LEFT JOIN slot_offers o ON o.id = m.slot_offer_id
   WHERE m.id = :message_id
), simple AS (
  SELECT id, is_news, is_news AND (:is_final OR NOT being_sent) AS must_be_kept
    FROM known WHERE as_expected AND (being_sent OR NOT unstarted)
), free AS (
  SELECT m.id FROM simple JOIN messages m ON m.id = simple.id
   WHERE simple.is_news AND m.status = ANY(CAST(:below AS text[])) AND (m.provider_id = :sid OR m.provider_id IS NULL)
     FOR UPDATE OF m SKIP LOCKED
), advanced AS (
  UPDATE messages m
     SET status = :status, carrier_status = :carrier_status, error_code = coalesce(:error_code, m.error_code),
         provider_id = :sid
    FROM free
   WHERE m.id = free.id
  RETURNING m.id
), applied AS (
  SELECT CASE WHEN advanced.id IS NULL THEN 'known already' ELSE CAST(:carrier_status AS text) END AS outcome
    FROM simple LEFT JOIN advanced ON advanced.id = simple.id
   WHERE advanced.id IS NOT NULL OR NOT simple.must_be_kept
)

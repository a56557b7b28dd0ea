WITH long_ago AS MATERIALIZED (SELECT clock_timestamp() - CAST(:grace AS interval) AS moment)
SELECT id::text AS subject, 'the offer is still ' || status || ', but its window ended at ' || expires_at AS detail
  FROM slot_offers
 WHERE status IN ('pending', 'sent') AND expires_at <= (SELECT moment FROM long_ago)
UNION ALL
SELECT id::text, 'the slot is still open, but it started at ' || starts_at
  FROM slot_openings WHERE status = 'open' AND starts_at <= (SELECT moment FROM long_ago)
UNION ALL
SELECT s.id::text, 'the next search for a customer has been due since ' || s.next_search_at
  FROM slot_openings s
 WHERE s.status = 'open' AND s.next_search_at <= (SELECT moment FROM long_ago)
   AND NOT EXISTS (SELECT 1 FROM slot_offers o WHERE o.slot_opening_id = s.id AND o.status IN ('pending', 'sent'))
   AND NOT EXISTS (
     SELECT 1 FROM appointments a
      WHERE a.source_slot_opening_id = s.id AND a.status IN ('pending_payment', 'booked'))
UNION ALL
SELECT p.id::text, 'the hold should have ended at ' || p.expires_at
  FROM payments p JOIN appointments a ON a.id = p.appointment_id
 WHERE p.status IN ('pending', 'processing', 'failed') AND p.expires_at <= (SELECT moment FROM long_ago)
   AND a.status = 'pending_payment' AND a.source_slot_opening_id IS NOT NULL AND p.needs_human IS NULL
UNION ALL
SELECT id::text, 'the release of the hold has been pending since ' || release_requested_at
  FROM payments
 WHERE release_requested_at <= (SELECT moment FROM long_ago) AND release_reason IS NOT NULL AND needs_human IS NULL
   AND status IN ('pending', 'processing', 'failed')
UNION ALL
SELECT id::text, 'the refund has been in progress since ' || updated_at
  FROM payments
 WHERE status = 'refunding' AND updated_at <= (SELECT moment FROM long_ago) AND needs_human IS NULL
UNION ALL
-- A message that was postponed to the morning has the task send_by_day. An overdue task is reported below.
SELECT m.id::text, 'the message has been ' || m.status || ' since ' || m.created_at
  FROM messages m
 WHERE m.status IN ('queued', 'sending') AND m.direction = 'outbound'
   AND m.created_at <= (SELECT moment FROM long_ago)
   AND NOT EXISTS (SELECT 1 FROM ONLY pending_tasks t
                    WHERE t.name = 'send_by_day' AND t.settled_at IS NULL AND t.args ->> 0 = m.id::text)
UNION ALL
SELECT id::text, 'the ' || provider || ' webhook has been waiting since ' || received_at
  FROM webhook_events WHERE handled_at IS NULL AND received_at <= (SELECT moment FROM long_ago)
UNION ALL
SELECT d.id::text, 'the delivery has been due since ' || d.next_attempt_at
  FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.webhook_endpoint_id
 WHERE d.status = 'pending' AND d.next_attempt_at <= (SELECT moment FROM long_ago)
   AND e.status = 'enabled' AND e.deleted_at IS NULL AND e.failing_since IS NULL
UNION ALL
SELECT id::text, name || ' has been due since ' || due_at
  FROM ONLY pending_tasks
 WHERE settled_at IS NULL AND parked_at IS NULL AND due_at <= (SELECT moment FROM long_ago)
UNION ALL
SELECT id::text, name || ' has been parked since ' || parked_at
  FROM ONLY pending_tasks WHERE settled_at IS NULL AND parked_at IS NOT NULL

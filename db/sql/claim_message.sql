-- Claims a message for one attempt. The statement also checks the reasons not to send the message, so that a STOP
-- that was committed earlier is always respected. A message that is already claimed is returned too, for
-- reconciliation.
WITH message AS (
  SELECT m.*, m.purpose IN ('booking_reminder', 'payment_reminder') AS reminds
    FROM messages m WHERE m.id = :id FOR UPDATE
), judged AS (
  SELECT m.*,
         m.channel <> 'email' AND EXISTS (
           SELECT 1 FROM suppressions s
            WHERE s.shop_id = m.shop_id AND s.phone = phone_line(m.to_address) AND s.lifted_at IS NULL)
         OR m.purpose = 'offer' AND m.channel <> 'sms' AND NOT EXISTS (
           SELECT 1 FROM customers c
            WHERE c.id = m.customer_id
              AND m.channel = ANY (/* agreed to */))
         -- A reminder needs the customer's current consent to its channel.
         OR m.reminds AND NOT EXISTS (
           SELECT 1 FROM customers c
            WHERE c.id = m.customer_id
              AND m.channel = ANY (/* accepts reminders */)) AS unwanted,
         -- The text was sent before the database was restored to an earlier time (`slots restored`), within a day.
         m.purpose NOT IN ('offer', 'staff_reply') AND EXISTS (
           SELECT 1 FROM messages sent
            WHERE sent.purpose = 'sent_before_restore' AND sent.to_address = m.to_address
              AND sent.from_address = m.from_address AND sent.shop_id = m.shop_id
              AND sent.claimed_at > (SELECT clock_timestamp()) - interval '1 day'
              AND sent.body_digest = md5(rtrim(m.body, E' \n\r\t')))
         OR m.purpose = 'offer' AND NOT EXISTS (
           SELECT 1 FROM slot_offers o
            WHERE o.id = m.slot_offer_id AND o.status IN ('pending', 'sent'))
         -- The appointment of the reminder was cancelled or moved, it has another customer, or its balance was paid.
         OR m.reminds AND NOT EXISTS (
           SELECT 1 FROM appointments a
            WHERE a.id = m.appointment_id AND a.customer_id = m.customer_id AND a.status = 'booked'
              AND a.starts_at = m.send_before)
         -- The appointment was moved again or cancelled before the quiet hours ended, so the text has the wrong time.
         OR m.purpose = 'appointment_moved' AND NOT EXISTS (
           SELECT 1 FROM appointments a
            WHERE a.id = m.appointment_id AND a.customer_id = m.customer_id
              AND a.status IN ('pending_payment', 'booked')
              AND a.starts_at = m.send_before)
         OR m.purpose = 'payment_reminder' AND NOT EXISTS (
           SELECT 1 FROM payments p
            WHERE p.appointment_id = m.appointment_id AND p.kind = 'balance' AND p.status IN ('pending', 'failed'))
         AS pointless
    FROM message m
), verdict AS (
  SELECT id, CASE WHEN judged.unwanted THEN 'suppressed'
                  WHEN judged.pointless OR send_before <= (SELECT clock_timestamp()) THEN 'expired'
                  ELSE 'sending' END AS status
    FROM judged
), claimed AS (
  UPDATE messages m
     SET status = verdict.status, attempts = m.attempts + 1,
         -- A repeated message that is not sent keeps the time of the previous attempt, which may have succeeded.
         claimed_at = CASE WHEN verdict.status = 'sending' THEN (SELECT clock_timestamp())
                           ELSE coalesce(m.claimed_at, (SELECT clock_timestamp())) END
    FROM verdict WHERE m.id = verdict.id AND m.status = 'queued'
  RETURNING m.id, m.status, m.attempts, m.slot_offer_id
), deadline AS (
  /* deadline */
)
SELECT m.id, m.shop_id, m.to_address, m.from_address, m.subject, m.body, m.html, m.template, m.purpose, m.purpose_key,
       m.channel, m.unsubscribe_token,
       m.slot_offer_id, m.slot_opening_id, coalesce(m.claimed_at, (SELECT clock_timestamp())) AS claimed_at,
       m.send_before, m.provider_id, m.created_at, coalesce(claimed.attempts, m.attempts) AS attempts,
       (SELECT clock_timestamp()) AS now,
       claimed.id IS NULL AS already_claimed,
       -- The carrier has reported a text whose attempt was interrupted, so the window of the offer must start.
       CASE WHEN unstarted.id IS NOT NULL AND m.status IN ('sent', 'delivered') THEN 'sending'
            ELSE coalesce(claimed.status, m.status) END AS status
  FROM message m LEFT JOIN claimed ON claimed.id = m.id
  LEFT JOIN slot_offers unstarted ON unstarted.id = m.slot_offer_id AND unstarted.status = 'pending'
    AND m.purpose = 'offer' AND m.provider_id IS NOT NULL AND m.channel <> 'email'

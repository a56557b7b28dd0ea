-- Compares the handled carrier statuses of a message with its status, using the ranks of domain.delivery.
WITH reported (word, rank) AS (
  VALUES ('accepted', 3), ('scheduled', 3), ('queued', 3), ('sending', 3), ('sent', 3),
         ('delivered', 4), ('read', 4), ('undelivered', 4), ('failed', 4)
)
SELECT m.id::text AS subject, 'reported ' || reported.word || ', but is ' || m.status AS detail
  FROM webhook_events w
  JOIN messages m ON m.id::text = w.payload ->> 'message_id'
  JOIN reported ON reported.word = lower(w.payload ->> 'MessageStatus')
 WHERE w.provider = 'twilio' AND w.type = 'status' AND w.handled_at IS NOT NULL
   AND CASE m.status WHEN 'queued' THEN 0 WHEN 'sending' THEN 1 WHEN 'unknown' THEN 2 WHEN 'sent' THEN 3 ELSE 4 END
       < reported.rank

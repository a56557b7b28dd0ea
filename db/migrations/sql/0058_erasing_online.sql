-- The reports about an e-mail. The event id of a report does not contain the id of the e-mail.
CREATE INDEX CONCURRENTLY webhook_events_email_idx ON webhook_events ((payload #>> '{data,email_id}'))
 WHERE provider = 'resend';

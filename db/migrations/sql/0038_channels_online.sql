-- Customers who can be asked on any channel, in the order of asking, for shops that use other channels besides SMS.
CREATE INDEX CONCURRENTLY customers_reachable_idx ON customers (shop_id, coalesce(last_settled_at, '-infinity') DESC, id)
  WHERE cooldown_until IS NULL AND (sms_opt_in AND phone_e164 IS NOT NULL OR whatsapp_opt_in
        OR email_opt_in AND email_consent_at IS NOT NULL);

-- Finds the shop that last sent a message to a number.
CREATE INDEX CONCURRENTLY messages_whatsapp_to_idx ON messages (to_address, created_at)
  WHERE channel = 'whatsapp' AND direction = 'outbound';

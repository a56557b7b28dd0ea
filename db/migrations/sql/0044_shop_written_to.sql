-- A reply belongs to the shop that sent the last message before the reply was written. Messages that are still
-- waiting or were never sent are ignored.
DROP FUNCTION shop_written_to(text, text);
CREATE FUNCTION shop_written_to(number text, sender text, written_at timestamptz DEFAULT 'infinity') RETURNS uuid
LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    (SELECT id FROM shops WHERE sms_from = number OR whatsapp_from = number ORDER BY id LIMIT 1),
    (SELECT shop_id FROM messages
      WHERE channel = 'whatsapp' AND direction = 'outbound' AND to_address = sender AND from_address = number
        AND status IN ('sending', 'unknown', 'sent', 'delivered') AND coalesce(claimed_at, created_at) <= written_at
      ORDER BY coalesce(claimed_at, created_at) DESC LIMIT 1))
$$;

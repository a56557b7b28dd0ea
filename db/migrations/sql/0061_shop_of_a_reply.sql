-- Returns the forms of a number that belong to the same phone line (see phone_line). WhatsApp reports a Brazilian,
-- Mexican or Argentine sender in another form than the number to which the shop wrote.
CREATE FUNCTION phone_forms(phone text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY[phone, phone_line(phone),
  regexp_replace(regexp_replace(regexp_replace(regexp_replace(phone_line(phone),
    '^\+55([1-9][0-9])9([6-9][0-9]{7})$', '+55\1\2'),
    '^\+52([1-9][0-9]{9})$', '+521\1'),
    '^\+54([1-9][0-9]{9})$', '+549\1'),
    '^\+22901([2-9][0-9]{7})$', '+229\1')];

-- A number can belong to one shop for texts and to another shop, or to all shops, for WhatsApp. `by` is the channel of
-- the reply, or null if it is unknown. As before, a reply to a number without a shop belongs to the shop that sent the
-- last WhatsApp message before the reply was written.
DROP FUNCTION shop_written_to(text, text, timestamptz);
CREATE FUNCTION shop_written_to(number text, sender text, written_at timestamptz DEFAULT 'infinity',
                                by text DEFAULT NULL) RETURNS uuid
LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    (SELECT id FROM shops
      WHERE sms_from = number AND by IS DISTINCT FROM 'whatsapp' OR whatsapp_from = number AND by IS DISTINCT FROM 'sms'
      ORDER BY id LIMIT 1),
    (SELECT shop_id FROM messages
      WHERE channel = 'whatsapp' AND direction = 'outbound' AND to_address = ANY (phone_forms(sender))
        AND from_address = number AND status IN ('sending', 'unknown', 'sent', 'delivered')
        AND coalesce(claimed_at, created_at) <= written_at
      ORDER BY coalesce(claimed_at, created_at) DESC LIMIT 1))
$$;

-- How and when a customer agreed to each channel. The columns `consent_...` without a channel describe the consent to
-- SMS.
ALTER TABLE customers
  ADD COLUMN whatsapp_consent_source text, ADD COLUMN whatsapp_consent_wording text,
  ADD COLUMN whatsapp_consent_at timestamptz,
  ADD COLUMN email_consent_source text, ADD COLUMN email_consent_wording text,
  ADD COLUMN email_consent_at timestamptz;
-- Null means only e-mails about the customer's own bookings. Formerly, this was the meaning of true, which was the
-- default. Therefore, true without a time is not consent to offers.
ALTER TABLE customers ALTER COLUMN email_opt_in DROP DEFAULT, ALTER COLUMN email_opt_in DROP NOT NULL;

CREATE FUNCTION date_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.whatsapp_opt_in AND (TG_OP = 'INSERT' OR NOT OLD.whatsapp_opt_in)
     AND (TG_OP = 'INSERT' OR NEW.whatsapp_consent_at IS NOT DISTINCT FROM OLD.whatsapp_consent_at) THEN
    NEW.whatsapp_consent_at := CASE WHEN TG_OP = 'INSERT' THEN coalesce(NEW.whatsapp_consent_at, clock_now())
                                    ELSE clock_now() END;
  END IF;
  IF NEW.email_opt_in AND (TG_OP = 'INSERT' OR OLD.email_opt_in IS NOT TRUE)
     AND (TG_OP = 'INSERT' OR NEW.email_consent_at IS NOT DISTINCT FROM OLD.email_consent_at) THEN
    NEW.email_consent_at := CASE WHEN TG_OP = 'INSERT' THEN coalesce(NEW.email_consent_at, clock_now())
                                 ELSE clock_now() END;
  END IF;
  RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION date_consent() FROM PUBLIC;
CREATE TRIGGER date_consent BEFORE INSERT OR UPDATE OF whatsapp_opt_in, email_opt_in ON customers FOR EACH ROW
  WHEN (NEW.whatsapp_opt_in OR NEW.email_opt_in) EXECUTE FUNCTION date_consent();

-- Several shops may share the installation's WhatsApp number. A reply belongs to the shop that sent the last message.
CREATE FUNCTION shop_written_to(number text, sender text) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    (SELECT id FROM shops WHERE sms_from = number OR whatsapp_from = number ORDER BY id LIMIT 1),
    (SELECT shop_id FROM messages
      WHERE channel = 'whatsapp' AND direction = 'outbound' AND to_address = sender AND from_address = number
      ORDER BY created_at DESC LIMIT 1))
$$;

ALTER TABLE shops ADD COLUMN tell_of_changes boolean NOT NULL DEFAULT true;
GRANT UPDATE (tell_of_changes) ON shops TO slots_dashboard;
GRANT UPDATE (whatsapp_consent_source, whatsapp_consent_wording, whatsapp_consent_at, email_consent_source,
  email_consent_wording, email_consent_at) ON customers TO slots_api;

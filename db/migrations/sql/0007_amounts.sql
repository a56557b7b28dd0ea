-- Null: the shop's own currency. What was agreed in another one keeps it when the shop changes.
ALTER TABLE appointments ADD COLUMN currency text;
CREATE FUNCTION keep_currency_of_appointments() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE appointments SET currency = OLD.currency WHERE shop_id = OLD.id AND currency IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_currency_of_appointments AFTER UPDATE OF currency ON shops FOR EACH ROW
  WHEN (upper(OLD.currency) <> upper(NEW.currency)) EXECUTE FUNCTION keep_currency_of_appointments();

-- Why an offer ended, where its status does not say, and who of the staff ended it.
ALTER TABLE slot_offers ADD COLUMN ended_as text, ADD COLUMN ended_by text;
ALTER TABLE slot_offers ADD CONSTRAINT slot_offers_ended_as_known
  CHECK (ended_as IN ('card_declined', 'not_paid', 'given_up', 'cannot_charge', 'opted_out', 'staff')) NOT VALID;

-- One more reason. All rows satisfy the former, stricter constraint.
ALTER TABLE slot_openings DROP CONSTRAINT slot_openings_closed_as_known;
ALTER TABLE slot_openings ADD CONSTRAINT slot_openings_closed_as_known
  CHECK (closed_as IN ('nobody_left', 'too_near', 'stopped', 'sold_by_hand', 'cannot_charge')) NOT VALID;

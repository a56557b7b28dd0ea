-- Null means the shop's current currency. If the shop changes its currency, existing appointments keep the former
-- one.
ALTER TABLE appointments ADD COLUMN currency text;
CREATE FUNCTION keep_currency_of_appointments() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE appointments SET currency = OLD.currency WHERE shop_id = OLD.id AND currency IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_currency_of_appointments AFTER UPDATE OF currency ON shops FOR EACH ROW
  WHEN (upper(OLD.currency) <> upper(NEW.currency)) EXECUTE FUNCTION keep_currency_of_appointments();

-- The reason why an offer ended, if its status does not show the reason, and the member of staff who ended it.
ALTER TABLE slot_offers ADD COLUMN ended_as text, ADD COLUMN ended_by text;
ALTER TABLE slot_offers ADD CONSTRAINT slot_offers_ended_as_known
  CHECK (ended_as IN ('card_declined', 'not_paid', 'given_up', 'cannot_charge', 'opted_out', 'staff')) NOT VALID;

-- Adds a reason. All rows satisfy the former, stricter constraint.
ALTER TABLE slot_openings DROP CONSTRAINT slot_openings_closed_as_known;
ALTER TABLE slot_openings ADD CONSTRAINT slot_openings_closed_as_known
  CHECK (closed_as IN ('nobody_left', 'too_near', 'stopped', 'sold_by_hand', 'cannot_charge')) NOT VALID;

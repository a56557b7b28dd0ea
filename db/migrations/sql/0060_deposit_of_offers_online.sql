-- The deposit that the offer states. Null means the slot's current deposit, for offers that SQL or version 0.1.0
-- inserted.
ALTER TABLE slot_offers ADD COLUMN IF NOT EXISTS deposit_cents integer, ADD COLUMN IF NOT EXISTS currency text,
  DROP CONSTRAINT IF EXISTS slot_offers_deposit_not_negative,
  DROP CONSTRAINT IF EXISTS slot_offers_deposit_has_currency,
  ADD CONSTRAINT slot_offers_deposit_not_negative CHECK (deposit_cents >= 0) NOT VALID,
  ADD CONSTRAINT slot_offers_deposit_has_currency CHECK ((deposit_cents IS NULL) = (currency IS NULL)) NOT VALID;
ALTER TABLE slot_offers VALIDATE CONSTRAINT slot_offers_deposit_not_negative;
ALTER TABLE slot_offers VALIDATE CONSTRAINT slot_offers_deposit_has_currency;

-- This is a separate transaction, because the validation reads whole tables and must not hold the locks that were
-- needed to add the constraints.
ALTER TABLE slot_offers VALIDATE CONSTRAINT slot_offers_ended_as_known;
ALTER TABLE slot_openings VALIDATE CONSTRAINT slot_openings_closed_as_known;

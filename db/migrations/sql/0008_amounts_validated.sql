-- A transaction of its own: validating reads the tables, and must not hold the locks that adding the constraints took.
ALTER TABLE slot_offers VALIDATE CONSTRAINT slot_offers_ended_as_known;
ALTER TABLE slot_openings VALIDATE CONSTRAINT slot_openings_closed_as_known;

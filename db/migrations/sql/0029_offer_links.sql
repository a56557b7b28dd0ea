-- The page on which a customer answers an offer. Offers that were made before have no link.
ALTER TABLE slot_offers ADD COLUMN token text;
ALTER TABLE slot_offers ALTER COLUMN token SET DEFAULT random_token();

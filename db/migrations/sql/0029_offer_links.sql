-- The token of the page on which a customer answers an offer. Earlier offers have no token.
ALTER TABLE slot_offers ADD COLUMN token text;
ALTER TABLE slot_offers ALTER COLUMN token SET DEFAULT random_token();

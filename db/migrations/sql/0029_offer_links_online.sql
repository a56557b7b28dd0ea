-- Run by the next migration, without blocking writers.
CREATE UNIQUE INDEX CONCURRENTLY slot_offers_token_key ON slot_offers (token) WHERE token IS NOT NULL;

-- When the hold ends there by itself at the latest, even if the answer with its id was lost. Null: it lasts until it is
-- released.
ALTER TABLE calendar_holds ADD COLUMN ends_at timestamptz;

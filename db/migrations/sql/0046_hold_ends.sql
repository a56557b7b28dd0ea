-- The latest time at which the hold expires in the calendar, even if the response with its id was lost. Null means
-- that the hold lasts until it is released.
ALTER TABLE calendar_holds ADD COLUMN ends_at timestamptz;

-- The code defines the kinds of calendar, so that a new kind needs no migration.
ALTER TABLE calendars DROP CONSTRAINT calendars_kind_known;

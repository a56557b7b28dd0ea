-- The kinds of calendars are those of the code: a new one needs no revision.
ALTER TABLE calendars DROP CONSTRAINT calendars_kind_known;

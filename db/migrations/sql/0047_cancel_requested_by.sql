-- Who asked to cancel an appointment whose payment must be cancelled first. A column instead of a further argument of
-- the task, which workers of the previous version would refuse.
ALTER TABLE appointments ADD COLUMN cancel_requested_by text;
GRANT UPDATE (cancel_requested_by) ON appointments TO slots_api;

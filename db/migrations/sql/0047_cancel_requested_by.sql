-- Who requested the cancellation of an appointment whose payment must be cancelled first. This is a column instead of
-- an argument of the task, because workers of the previous version would reject an additional argument.
ALTER TABLE appointments ADD COLUMN cancel_requested_by text;
GRANT UPDATE (cancel_requested_by) ON appointments TO slots_api;

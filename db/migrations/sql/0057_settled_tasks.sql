-- A settled task moves to this table, so that `pending_tasks` itself contains only open tasks and stays small.
-- Queries on `pending_tasks` read both tables. Every day, the table is renamed and a new table is created.
CREATE TABLE settled_tasks () INHERITS (pending_tasks);
-- lock-safe: the new table is empty
ALTER TABLE settled_tasks ALTER settled_at SET NOT NULL;
ALTER TABLE settled_tasks ADD PRIMARY KEY (id);
-- Finds the tasks of a webhook.
CREATE INDEX settled_tasks_webhook_event_id_idx ON settled_tasks (webhook_event_id) WHERE webhook_event_id IS NOT NULL;
-- Other roles read settled tasks through `pending_tasks`, whose policies apply.
ALTER TABLE settled_tasks ENABLE ROW LEVEL SECURITY;

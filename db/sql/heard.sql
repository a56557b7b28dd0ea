-- Records a webhook with its shop and its task in one statement: one round trip per request.
WITH concerned AS (
  SELECT (/* whose */) AS shop_id, (/* needless */) AS needless, (SELECT clock_timestamp()) AS now
), heard AS (
  INSERT INTO webhook_events (provider, event_id, shop_id, type, payload, handled_at, outcome)
  SELECT :provider, CASE WHEN shop_id IS NULL THEN :strange_id ELSE :event_id END, shop_id, :type,
         CAST(:payload AS jsonb),
         CASE WHEN needless OR shop_id IS NULL AND CAST(:otherwise AS text) IS NOT NULL THEN now END,
         CASE WHEN shop_id IS NULL THEN CAST(:otherwise AS text) WHEN needless THEN 'known already' END
    FROM concerned
  ON CONFLICT (provider, event_id) DO NOTHING
  RETURNING id, shop_id, outcome
), task AS (
  INSERT INTO pending_tasks (id, shop_id, name, args, webhook_event_id, due_at, next_ring_at)
  SELECT :task_id, heard.shop_id, :task, CAST(:args AS jsonb), heard.id, now, now + CAST(:patience AS interval)
    FROM heard, concerned
   WHERE heard.outcome IS NULL
  RETURNING id
)
SELECT heard.id, task.id AS task_id FROM heard LEFT JOIN task ON true

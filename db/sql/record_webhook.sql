-- Records a webhook, its shop and the task that follows in one statement: an endpoint needs one round trip.
-- Where `applied` has an outcome, the webhook needs no task.
WITH found AS (
  SELECT (/* shop */) AS shop_id, (SELECT clock_timestamp()) AS now
), /* applied */, webhook AS (
  INSERT INTO webhook_events (provider, event_id, shop_id, type, payload, handled_at, outcome)
  SELECT :provider, CASE WHEN shop_id IS NULL THEN :id_without_shop ELSE :event_id END, shop_id, :type,
         CAST(:payload AS jsonb),
         CASE WHEN done.outcome IS NOT NULL
                OR shop_id IS NULL AND CAST(:outcome_without_shop AS text) IS NOT NULL THEN now END,
         CASE WHEN shop_id IS NULL THEN CAST(:outcome_without_shop AS text) ELSE done.outcome END
    FROM found, (SELECT (SELECT outcome FROM applied) AS outcome) done
  ON CONFLICT (provider, event_id) DO NOTHING
  RETURNING id, shop_id, outcome
), task AS (
  INSERT INTO pending_tasks (id, shop_id, name, args, webhook_event_id, due_at, next_ring_at)
  SELECT :task_id, webhook.shop_id, :task, CAST(:args AS jsonb), webhook.id, now, now + CAST(:patience AS interval)
    FROM webhook, found
   WHERE webhook.outcome IS NULL
  RETURNING id
)
SELECT webhook.id, task.id AS task_id FROM webhook LEFT JOIN task ON true

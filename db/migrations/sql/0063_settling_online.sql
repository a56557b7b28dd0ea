-- No statement uses this index: a search uses customers_reachable_idx, which also contains customers with other channels.
DROP INDEX CONCURRENTLY IF EXISTS customers_askable_idx;

-- The function does nothing for an appointment that is settled or voided.
CREATE OR REPLACE TRIGGER event_of_appointment AFTER UPDATE OF status ON appointments FOR EACH ROW
  WHEN (NEW.status <> OLD.status AND NEW.status IN ('pending_payment', 'booked', 'cancelled'))
  EXECUTE FUNCTION record_appointment_change();

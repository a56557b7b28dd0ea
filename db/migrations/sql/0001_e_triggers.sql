-- Triggers for rules that apply whichever program writes a row, even psql.

CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END $$;
-- A time that the statement itself sets is kept.
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON shops FOR EACH ROW
  WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON appointments FOR EACH ROW
  WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON slot_openings FOR EACH ROW
  WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON payments FOR EACH ROW
  WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON messages FOR EACH ROW
  WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION touch_updated_at();

-- customers.last_settled_at determines the order of asking. Triggers maintain it, so that bookings inserted with SQL
-- count.
CREATE FUNCTION note_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE customers SET last_settled_at = NEW.starts_at
   WHERE id = NEW.customer_id AND (last_settled_at IS NULL OR last_settled_at < NEW.starts_at);
  RETURN NULL;
END $$;
CREATE FUNCTION recount_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE customers SET last_settled_at = (
    SELECT max(starts_at) FROM appointments WHERE customer_id = OLD.customer_id AND status = 'settled')
   WHERE id = OLD.customer_id;
  RETURN NULL;
END $$;
-- Triggers fire in the order of their names: the column is recomputed before a new value is recorded.
CREATE TRIGGER settled_1_taken_back AFTER UPDATE OF status, starts_at, customer_id ON appointments FOR EACH ROW
  WHEN (OLD.status = 'settled' AND (NEW.status, NEW.starts_at, NEW.customer_id)
        IS DISTINCT FROM (OLD.status, OLD.starts_at, OLD.customer_id)) EXECUTE FUNCTION recount_settled();
CREATE TRIGGER settled_1_deleted AFTER DELETE ON appointments FOR EACH ROW
  WHEN (OLD.status = 'settled') EXECUTE FUNCTION recount_settled();
CREATE TRIGGER settled_2_noted AFTER INSERT OR UPDATE OF status, starts_at, customer_id ON appointments
  FOR EACH ROW WHEN (NEW.status = 'settled') EXECUTE FUNCTION note_settled();

-- Sets the cooldown of an offer according to the shop's current policy, whichever program inserts the offer.
CREATE FUNCTION set_cooldown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.cooldown_until := (
    SELECT coalesce(NEW.sent_at, NEW.created_at) + make_interval(hours => cooldown_hours)
      FROM shops WHERE id = NEW.shop_id AND cooldown_hours > 0);
  RETURN NEW;
END $$;
CREATE TRIGGER set_cooldown BEFORE INSERT ON slot_offers FOR EACH ROW
  WHEN (NEW.cooldown_until IS NULL AND NEW.status <> 'failed') EXECUTE FUNCTION set_cooldown();

-- The cooldown starts when the text is sent, not when the offer is created.
CREATE FUNCTION move_cooldown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.cooldown_until := OLD.cooldown_until
    + (coalesce(NEW.sent_at, NEW.created_at) - coalesce(OLD.sent_at, OLD.created_at));
  RETURN NEW;
END $$;
CREATE TRIGGER move_cooldown BEFORE UPDATE OF sent_at ON slot_offers FOR EACH ROW
  WHEN (NEW.sent_at IS DISTINCT FROM OLD.sent_at AND NEW.cooldown_until IS NOT DISTINCT FROM OLD.cooldown_until)
  EXECUTE FUNCTION move_cooldown();

CREATE FUNCTION note_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE customers
     SET last_asked_at = greatest(last_asked_at, coalesce(NEW.sent_at, NEW.created_at)),
         -- A cooldown that has already ended, for example that of an imported offer, is ignored.
         cooldown_until = CASE WHEN NEW.cooldown_until > clock_timestamp()
                          THEN greatest(cooldown_until, NEW.cooldown_until) ELSE cooldown_until END
   WHERE id = NEW.customer_id;
  RETURN NULL;
END $$;
-- This is an AFTER trigger, because BEFORE triggers also run for an insert that ON CONFLICT skips.
CREATE TRIGGER asked_1_noted AFTER INSERT ON slot_offers FOR EACH ROW
  WHEN (NEW.status <> 'failed') EXECUTE FUNCTION note_asked();

-- Removes the cooldown of an undelivered text, because its customer was not asked.
CREATE FUNCTION recount_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE customers SET (last_asked_at, cooldown_until) = (
    SELECT max(coalesce(sent_at, created_at)),
           max(cooldown_until) FILTER (WHERE cooldown_until > clock_timestamp())
      FROM slot_offers WHERE customer_id = OLD.customer_id AND status <> 'failed')
   WHERE id = OLD.customer_id;
  RETURN NULL;
END $$;
CREATE TRIGGER asked_2_recounted AFTER UPDATE OF status, sent_at, cooldown_until ON slot_offers FOR EACH ROW
  WHEN ((NEW.status = 'failed') <> (OLD.status = 'failed')
        OR (NEW.sent_at, NEW.cooldown_until) IS DISTINCT FROM (OLD.sent_at, OLD.cooldown_until))
  EXECUTE FUNCTION recount_asked();
CREATE TRIGGER asked_2_deleted AFTER DELETE ON slot_offers FOR EACH ROW EXECUTE FUNCTION recount_asked();

-- Makes the audit log append-only. Only the clean-up, which sets app.retention, can delete entries.
CREATE FUNCTION keep_the_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('app.retention', true) = 'on' THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'audit_logs is append only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER keep_the_log BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_logs
  FOR EACH STATEMENT EXECUTE FUNCTION keep_the_log();

-- Schedules the first search of an opening one minute after `created_at` or `updated_at`, whichever is earlier, even
-- if the opening is inserted with SQL.
CREATE FUNCTION take_up_when_idle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.next_search_at := least(NEW.created_at, NEW.updated_at) + interval '1 minute';
  RETURN NEW;
END $$;
CREATE TRIGGER take_up_when_idle BEFORE INSERT ON slot_openings FOR EACH ROW
  WHEN (NEW.next_search_at IS NULL) EXECUTE FUNCTION take_up_when_idle();
-- Schedules the search again if `updated_at` is set to an earlier time.
CREATE TRIGGER take_up_when_turned_back BEFORE UPDATE OF updated_at ON slot_openings FOR EACH ROW
  WHEN (NEW.updated_at < OLD.updated_at) EXECUTE FUNCTION take_up_when_idle();

-- Sets the end of a live offer that has none, because such an offer would block its slot and its customer forever.
CREATE FUNCTION end_some_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.expires_at := (SELECT coalesce(NEW.sent_at, NEW.created_at) + make_interval(mins => offer_window_minutes)
                       FROM shops WHERE id = NEW.shop_id);
  RETURN NEW;
END $$;
CREATE TRIGGER end_some_day BEFORE INSERT OR UPDATE OF status, expires_at ON slot_offers FOR EACH ROW
  WHEN (NEW.expires_at IS NULL AND NEW.status IN ('pending', 'sent')) EXECUTE FUNCTION end_some_day();

-- The remaining time of a slot has no cancelled appointment itself. Returns the cancelled appointment of the slot
-- that originally contained this time.
CREATE FUNCTION source_of_rest(left_of uuid) RETURNS uuid LANGUAGE sql STABLE STRICT AS $$
  WITH RECURSIVE before AS (
    SELECT id, source_appointment_id, freed_by_slot_opening_id FROM slot_openings WHERE id = left_of
     UNION
    SELECT earlier.id, earlier.source_appointment_id, earlier.freed_by_slot_opening_id
      FROM before JOIN slot_openings earlier ON earlier.id = before.freed_by_slot_opening_id
     WHERE before.source_appointment_id IS NULL
  )
  SELECT source_appointment_id FROM before WHERE source_appointment_id IS NOT NULL
$$;

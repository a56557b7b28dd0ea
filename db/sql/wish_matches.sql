-- Whether the waiting-list entry `e` matches the slot, by the rules of domain.wishes.
(e.service_id IS NULL OR e.service_id = ANY (slot.fitting_services))
AND (e.performer_id IS NULL OR e.performer_id = slot.performer_id)
AND (e.weekdays IS NULL OR e.weekdays = '{}' OR slot.weekday = ANY (e.weekdays))
AND (e.date_from IS NULL OR slot.local_start::date >= e.date_from)
AND (e.date_until IS NULL OR slot.local_start::date <= e.date_until)
AND (e.time_from IS NULL OR slot.local_start::time >= e.time_from)
AND (e.time_until IS NULL OR slot.local_start::time < e.time_until)
AND (e.notice_minutes IS NULL
     OR slot.starts_at - (SELECT clock_timestamp()) >= e.notice_minutes * interval '1 minute')

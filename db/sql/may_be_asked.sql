-- Whether no rule excludes the customer `c` with the facts `f`, who is known to be reachable.
NOT (f.suppressed OR f.asked_for_this_slot OR f.skipped OR f.cancelled_this_slot OR f.overlapping_booking)
AND f.live_until IS NULL
AND (NOT :cooldown_counts OR f.cooldown_until IS NULL OR f.cooldown_until <= (SELECT clock_timestamp()))
AND (f.move IS NOT NULL OR NOT f.moved_lately)
AND (/* wanted */)

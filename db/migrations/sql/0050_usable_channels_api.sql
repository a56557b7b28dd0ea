-- The API returns the customers who will be asked next, whose order depends on the channels that can be used.
ALTER POLICY everybody_reads ON usable_channels TO slots_dashboard, slots_api;
GRANT SELECT ON usable_channels TO slots_api;

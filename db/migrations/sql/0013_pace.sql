ALTER TABLE shops ADD COLUMN pace text NOT NULL DEFAULT 'fixed',
                  ADD COLUMN offer_window_least_minutes integer NOT NULL DEFAULT 3;
ALTER TABLE shops ADD CONSTRAINT shops_pace_known CHECK (pace IN ('fixed', 'adaptive'));
ALTER TABLE shops ADD CONSTRAINT shops_offer_window_least_positive CHECK (offer_window_least_minutes > 0);
GRANT UPDATE (pace, offer_window_least_minutes) ON shops TO slots_dashboard;

-- The window with which the offer was made. Null means the shop's window, for offers that are inserted with SQL.
ALTER TABLE slot_offers ADD COLUMN window_minutes integer;

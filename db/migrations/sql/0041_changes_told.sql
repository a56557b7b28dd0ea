-- Whether the customer is told of a cancellation or a move by the shop.
ALTER TABLE appointments ADD COLUMN tell_customer boolean NOT NULL DEFAULT false;
ALTER TABLE appointment_moves ADD COLUMN tell_customer boolean NOT NULL DEFAULT false;
GRANT UPDATE (tell_customer) ON appointments TO slots_api;

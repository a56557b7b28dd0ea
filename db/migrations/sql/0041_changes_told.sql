-- Whether the customer is notified when the shop cancels or moves the appointment.
ALTER TABLE appointments ADD COLUMN tell_customer boolean NOT NULL DEFAULT false;
ALTER TABLE appointment_moves ADD COLUMN tell_customer boolean NOT NULL DEFAULT false;
GRANT UPDATE (tell_customer) ON appointments TO slots_api;

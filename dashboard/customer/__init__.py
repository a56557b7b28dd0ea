"""The customer pages, in the customer's language: payments, bookings, offers, the waiting list and e-mails."""

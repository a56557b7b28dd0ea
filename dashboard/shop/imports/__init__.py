"""Lists that a shop uploads: customers, appointments, the waiting list."""

"""What is left to do: the outbox, periodic jobs, the lease of beat."""

"""The pages on which staff manage the waiting list."""

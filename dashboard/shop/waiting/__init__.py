"""The waiting list, as staff see it."""

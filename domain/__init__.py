"""The business rules as pure functions and values, without I/O, clock, randomness or frameworks."""

"""Pages of the documentation that are computed from the tables the program runs by."""

"""A recovery: its rows, the changes to them, who is asked next."""

"""Books, moves, cancels and imports appointments."""

"""A peer: the same loop built the obvious way, small and honest, to see what the other way is worth."""

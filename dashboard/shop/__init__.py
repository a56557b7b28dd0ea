"""The shop's own pages, under /app: for those who work there, signed in by a code."""

"""One module for each question the report answers."""

"""One module per measure of the report."""

"""What the environment says: typed settings, one file per concern, each process reading only its own."""

"""Takes the screenshots for the documentation."""

"""The settings, texts and services of a shop."""

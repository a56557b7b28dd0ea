"""A shop: its settings, texts and services."""

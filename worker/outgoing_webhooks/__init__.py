"""Delivers events to the webhook endpoints of shops."""

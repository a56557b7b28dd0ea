"""Sends events to a shop's own systems as Standard Webhooks."""

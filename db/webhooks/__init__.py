"""Incoming and outgoing webhooks, and the events of the API."""

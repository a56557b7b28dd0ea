"""Payments through Stripe: intents, refunds, events and error codes."""

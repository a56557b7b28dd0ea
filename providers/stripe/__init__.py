"""Deposits, by Stripe: intents, refunds, events, and what its codes mean."""

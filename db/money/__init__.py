"""Payments, refunds and their reconciliation with Stripe."""

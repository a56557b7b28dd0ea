"""Webhooks in and out, and the events behind them."""

"""Recoveries: loading and saving them, and finding the customer to ask next."""

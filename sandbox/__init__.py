"""Simulates Twilio, Stripe, Resend and calendar providers over HTTP on loopback.

One page shows the customers' phones.
"""

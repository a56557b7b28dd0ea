"""Stands in for Twilio, Stripe and Resend over HTTP on loopback, with a page that shows phones."""

"""Clients of Twilio, Stripe and the e-mail providers. They report the providers' errors as return values."""

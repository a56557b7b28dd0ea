"""Clients of Twilio, Stripe and the e-mail providers. They return values and raise no provider errors."""

"""Clients for Twilio, Stripe, e-mail providers, connected calendars and webhook endpoints of shops."""

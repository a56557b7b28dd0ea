"""Speaks to Twilio, Stripe and the mail provider. Their words stay in here; what comes out are our own values."""

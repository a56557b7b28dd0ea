"""Sends e-mail through Resend or an SMTP server, with a common interface."""

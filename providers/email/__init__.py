"""E-mail through Resend or an SMTP server, behind one interface."""

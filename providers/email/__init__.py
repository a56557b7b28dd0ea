"""E-mail, by Resend or any SMTP server, behind one port."""

"""Texts through Twilio: sends, finds and receives them, and explains its error codes."""

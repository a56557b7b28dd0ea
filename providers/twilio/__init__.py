"""Sends, finds and receives texts through Twilio, and explains Twilio's error codes."""

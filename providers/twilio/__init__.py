"""Texts, by Twilio: sending, finding, hearing, and what its codes mean."""

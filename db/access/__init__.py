"""Access control: API keys, staff, sign-in codes and sessions."""

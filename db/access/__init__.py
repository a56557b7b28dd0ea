"""Who may do what: API keys, staff, sign-in codes and sessions."""

"""The shop's services, performers and texts."""

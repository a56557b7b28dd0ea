"""The pages of the shop's services, performers and texts."""

"""Signing in, choosing a shop, the team and its invitations."""

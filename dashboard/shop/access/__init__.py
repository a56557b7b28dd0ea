"""Sign-in, the choice of a shop, the team and its invitations."""

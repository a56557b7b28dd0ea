"""Dashboard pages for services, performers and texts."""

"""The overview, its first-day checklist and charts."""

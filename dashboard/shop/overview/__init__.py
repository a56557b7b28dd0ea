"""The overview page, its charts and the first-day checklist."""

"""The waiting list: entries, wishes, links, requests to join."""

"""Cancelled times: their list, the page of each, and staff actions."""

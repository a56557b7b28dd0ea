"""Cancelled times: their list, the page of one, what staff do about it."""

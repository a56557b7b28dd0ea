"""Queries of the shop's pages. Each one filters by shop; row-level security enforces it."""

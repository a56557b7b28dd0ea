"""What the shop's pages ask of the database: every query names the shop, and row-level security stands behind it."""

"""Shows: the shop's pages and the customer's two pages. Decides nothing."""

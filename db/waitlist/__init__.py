"""The waiting list: its entries and their wishes, its links, and requests to join."""

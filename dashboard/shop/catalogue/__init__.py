"""What the shop offers: its services, its people, its texts."""

"""The calendar; booking, moving, cancelling and refunding."""

"""Appointments: booking, moving, cancelling, importing."""

"""How fast the system does what it exists for, measured on the real thing."""

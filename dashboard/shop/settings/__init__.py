"""The shop's settings: a registry of sections, each with its own page and its own Save button."""

"""The baseline: the minimal cost of the same kind of work on this machine, with the same servers and libraries."""

"""The floor: the least that the same kind of work costs on this machine, with the same servers and libraries."""

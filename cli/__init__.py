"""The `slots` command: runs the system on one machine, and operates it anywhere."""

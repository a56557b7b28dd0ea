"""The `slots` command, which runs the system on one machine and operates it anywhere."""

"""The `slots` command, which runs the system on a single machine and operates any installation."""

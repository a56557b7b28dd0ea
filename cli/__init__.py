"""The `slots` command: runs the whole system on one machine and looks after it."""

"""`slots doctor`: checks all settings and dependencies, with a fix for each problem."""

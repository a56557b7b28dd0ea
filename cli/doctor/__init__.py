"""`slots doctor`: checks all settings and dependencies, and suggests a fix for each problem."""

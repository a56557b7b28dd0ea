"""A naive implementation of the same loop, small but correct, for comparison."""

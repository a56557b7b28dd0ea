"""A naive but correct implementation of the same process, for comparison."""

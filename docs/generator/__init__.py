"""Computes the reference pages from the tables that the program runs by. Works in a checkout of the sources only."""

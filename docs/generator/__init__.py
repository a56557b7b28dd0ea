"""Generates the reference pages from the tables that the program uses. Works only in a checkout of the repository."""

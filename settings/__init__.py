"""Typed settings from the environment, one file per concern. Each process reads only its own."""

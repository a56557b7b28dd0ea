"""Typed settings from the environment, in a module for each topic. Each process reads only the settings it needs."""

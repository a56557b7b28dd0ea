"""Typed settings from the environment, one module per topic. Each process reads only the settings that it needs."""

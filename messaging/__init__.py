"""Composes messages to customers and staff, chooses their channel and writes each once.

The worker sends and tracks them.
"""

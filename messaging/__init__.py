"""Composes messages to customers and staff, chooses their channel, and writes each message once.

The worker sends and tracks them.
"""

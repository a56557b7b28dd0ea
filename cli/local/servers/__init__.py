"""Starts the embedded Postgres and Valkey from their wheels, each in one folder and on loopback."""

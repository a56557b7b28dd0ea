"""Starts the embedded Postgres and Valkey from their wheels, each under one folder and on loopback."""

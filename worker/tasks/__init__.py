"""The Celery tasks. Each calls a function of another module of `worker`."""

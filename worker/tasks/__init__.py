"""The Celery tasks. Each calls a function of a module beside this folder."""

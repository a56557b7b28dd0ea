"""The Celery workers: short tasks, and the modules that carry out the decisions of the domain."""

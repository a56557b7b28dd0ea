"""The Celery workers: short tasks, and the modules that carry out the domain's decisions."""

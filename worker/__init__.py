"""Acts. A thin Celery task per verb, and the hands that carry out what the domain decides."""

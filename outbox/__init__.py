"""Rings: tells the workers, through Redis, that a row waits in `pending_tasks`. A lost bell costs time only."""

"""Publishes outbox rows (`pending_tasks`) to the workers through Redis. A lost message only causes a delay."""

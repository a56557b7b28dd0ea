"""The webhook receiver: authenticates the sender, records the event and its task, publishes the task, responds."""

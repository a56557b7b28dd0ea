"""Records incoming webhooks with the task that follows. Shared by webhooks, reconciliation and resending."""

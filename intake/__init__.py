"""Records what a provider sent, with the task that follows: shared by webhooks, reconciliation and resending."""

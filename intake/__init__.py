"""Records incoming webhooks and adds their tasks. Webhooks, reconciliation and resending share this package."""

"""Records incoming webhooks and adds their tasks.

The webhook endpoints, the reconciliation and the command that resends webhooks use this package.
"""

"""The pages of customers, the inbox and the staff notifications."""

"""The customer pages: payment, booking and unsubscribing, in the customer's language."""

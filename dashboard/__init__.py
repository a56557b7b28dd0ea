"""The shop's pages and the customer pages. Contains no business rules."""

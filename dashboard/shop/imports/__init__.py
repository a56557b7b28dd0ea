"""The pages that import uploaded lists of customers, appointments and waiting-list entries."""

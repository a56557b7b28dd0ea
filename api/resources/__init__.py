"""The resources of the API, a module each: its models, its endpoints, and the table `ENDPOINTS`."""

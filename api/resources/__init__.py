"""The resources of the API. Each module contains models, endpoints, and the table `ENDPOINTS`."""

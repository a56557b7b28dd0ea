"""The resources of the API. Each module contains the models and endpoints of a resource, and a table `ENDPOINTS`."""

"""The HTTP API v1.

Requests are authenticated by keys and validated by the models from which the OpenAPI document is generated.
"""

"""The HTTP API v1.

Keys authenticate requests. The models that validate requests also generate the OpenAPI document.
"""

"""The HTTP API v1: authenticated by keys, validated by the models that its OpenAPI document is made from."""

"""Creates responses from the models of the published schema."""

from collections.abc import Mapping

from flask import Response
from pydantic import BaseModel

from webhooks.response_models import ErrorResponse


def json_response(answer: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Returns the model as a JSON response."""
    body = answer.model_dump_json(by_alias=True)
    return Response(body, status, headers=dict(headers or {}), content_type="application/json")


def error_response(error: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Returns a response with a short reason, as {"error": ...}."""
    return json_response(ErrorResponse(error=error), status, headers)

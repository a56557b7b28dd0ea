"""Creates responses from the models of the published schema."""

from collections.abc import Mapping

from flask import Response, jsonify
from pydantic import BaseModel

from webhooks.response_models import ErrorResponse


def json_response(answer: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Returns the model as a JSON response."""
    response = jsonify(answer.model_dump(mode="json", by_alias=True))
    response.status_code = status
    response.headers.update(headers or {})
    return response


def error_response(error: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Returns a response with a short reason, as {"error": ...}."""
    return json_response(ErrorResponse(error=error), status, headers)

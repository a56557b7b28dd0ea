"""The published OpenAPI document is correct: generated valid and invalid requests get the documented responses.

In `make test`, every third endpoint gets one valid and one invalid request. To send more than ten thousand requests
and check that no response has status 500: TEST_EXAMPLES=105 .venv/bin/pytest -m "" -n2 tests/api/test_schema.py
"""

from functools import cache

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import BaseSchema, Case, GenerationMode, openapi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api import openapi as own
from api.routes import ENDPOINTS
from tests.effort import TEST_EXAMPLES, long_except
from webhooks.routes import document as webhooks_document

PATIENTLY = settings(
    max_examples=TEST_EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# Valid requests may still be refused. For example, JSON Schema cannot require the end to be after the start.
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LABELS = [f"{one.method} {one.path}" for one in ENDPOINTS]
SOME_LABELS = LABELS[::3]


def test_every_endpoint_has_a_name_of_its_own():
    document = own.document(ENDPOINTS)
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids)) == len(ENDPOINTS)


def test_the_whole_document_is_sound(nobody):
    whole = own.joined(own.document(ENDPOINTS), webhooks_document())
    openapi.from_dict(whole).validate()
    assert whole["openapi"].startswith("3.1")
    assert "/api/stripe/webhook" in whole["paths"]
    served = nobody.client.get("/api/openapi.json")
    assert served.json["paths"].keys() <= whole["paths"].keys()


@cache
def described(app: Flask) -> BaseSchema:
    """Caches the result, because reading the document takes longer than the requests."""
    return openapi.from_wsgi("/api/openapi.json", app)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fits", "does not fit"])
@pytest.mark.parametrize("label", long_except(LABELS, *SOME_LABELS))
def test_a_generated_request_is_answered_as_the_document_says(app, caller, label, mode):
    method, path = label.split(" ", 1)
    operation = described(app)["/api/v1" + own._path(path)][method]

    @PATIENTLY
    @given(case=operation.as_strategy(generation_mode=mode))
    def is_answered(case: Case) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {caller.key}"})
        assert answer.status_code < 500, answer.text
        case.validate_response(answer, headers={"Authorization": f"Bearer {caller.key}"}, checks=CHECKS)

    is_answered()

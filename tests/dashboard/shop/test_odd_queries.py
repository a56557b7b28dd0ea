"""No query and no form makes a page respond with 500."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.dashboard.shop.conftest import TOKEN, StaffBrowser

NAMES = (
    "next",
    "again",
    "page",
    "q",
    "search",
    "status",
    "day",
    "date",
    "from",
    "until",
    "after",
    "before",
    "id",
    "who",
)
ODD = {
    "nothing": "",
    "NUL": "\x00",
    "lone surrogate": "%ED%A0%80",
    "line break": "/app/\n",
    "long": "a" * 5_000,
    "number": "99999999999999999999999",
    "minus": "-1",
    "float": "1e999",
    "not a number": "NaN",
    "digits of others": "٣٤٥",
    "date": "0000-00-00",
    "last day": "9999-12-31",
    "like": "%_%\\",
    "quote": "'; --",
    "template": "{{ 7*7 }}",
    "marks": "\u202e\u2066\ufeff",
}


def routes(app: Flask, method: str) -> list[str]:
    """Returns the routes that have no id in their path."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/app")
        and method in (rule.methods or ())
        and not rule.arguments
        and "stream" not in rule.rule
    )


@pytest.mark.long
@pytest.mark.parametrize("odd", ODD)
def test_no_query_is_too_odd(desk: StaffBrowser, app: Flask, odd: str) -> None:
    for path in routes(app, "GET"):
        for query in (dict.fromkeys(NAMES, ODD[odd]), {ODD[odd]: ODD[odd]}, [("q", ODD[odd])] * 3):
            assert desk.get(path, query_string=query).status_code < 500, path


@pytest.mark.long
@pytest.mark.parametrize("odd", ODD)
def test_no_form_is_too_odd(desk: StaffBrowser, app: Flask, odd: str) -> None:
    fields = set(NAMES) | {"code", "name", "source", "phone", "email", "role", "deposit", "currency", "timezone"}
    fields |= {"quiet_from", "quiet_until", "offer_window_minutes", "template_offer", "locale", "event", "everywhere"}
    for path in routes(app, "POST"):
        if "logout" in path:
            continue
        found = TOKEN.search(desk.get("/app/settings").text)
        assert found
        form = dict.fromkeys(fields, ODD[odd]) | {"csrf_token": found[1]}
        assert desk.web.post(path, data=form).status_code < 500, path

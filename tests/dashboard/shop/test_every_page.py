"""The list of pages for the browser tests is complete, and each page responds."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from tests.builders import Built
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.shop.every_page import NO_PAGE, every_page
from tests.dashboard.shop.scenes import a_busy_shop


def test_every_page_of_the_dashboard_is_visited(
    app: Flask, desk: StaffBrowser, session: Session, salon: Built, mia: Built
) -> None:
    pages = every_page(session, salon, mia, a_busy_shop(session, salon))
    routes = app.url_map.bind("localhost")
    visited = set()
    for path in pages:
        answer = desk.get(path)
        assert answer.status_code in (200, 404), f"{path}: {answer.status_code}"
        try:
            visited.add(routes.match(path.partition("?")[0], method="GET", return_rule=True)[0].rule)
        except NotFound:
            assert answer.status_code == 404
    listed = {
        one.rule for one in app.url_map.iter_rules() if "GET" in (one.methods or ()) and one.rule.startswith("/app")
    }
    assert {rule for rule in listed - visited if not NO_PAGE.search(rule)} == set()

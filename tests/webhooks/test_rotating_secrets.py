"""While a shared secret is being replaced, both the old and the new secret are accepted."""

import pytest
from flask import request

from webhooks.app import create_app
from webhooks.authentication import CRON_BEARER, CRON_SECRET, INTERNAL_SECRET
from webhooks.request import IncomingRequest

SHARED = [
    ("internal_secret", INTERNAL_SECRET, "x-internal-secret", ""),
    ("cron_secret", CRON_SECRET, "x-cron-secret", ""),
    ("cron_secret", CRON_BEARER, "Authorization", "Bearer "),
]


@pytest.mark.parametrize(("name", "authentication", "header", "prefix"), SHARED)
def test_both_are_accepted_while_a_shared_secret_is_rotated(
    endpoints_on, database_url, redis_url, name, authentication, header, prefix
):
    def accepted(**settings):
        dependencies = endpoints_on(database_url, redis_url, **settings)
        app, found = create_app(dependencies), set()
        for secret in ("old", "new", "other", ""):
            with app.test_request_context(headers={header: prefix + secret}):
                if authentication.check(IncomingRequest(request, dependencies, largest_body=0)) is None:
                    found.add(secret)
        return found

    assert accepted(**{name: "old"}) == {"old"}
    assert accepted(**{name: "new", f"{name}_previous": "old"}) == {"old", "new"}
    assert accepted(**{name: "new"}) == {"new"}
    assert accepted(**{name: ""}) == set()

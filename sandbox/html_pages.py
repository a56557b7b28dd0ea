"""Renders the pages of the sandbox with their security headers."""

from flask import Response, make_response, render_template

WITHOUT_SCRIPTS = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{more}; frame-ancestors 'none'"
)
"""The content security policy of a page without scripts. `more`: further addresses to which its forms may lead."""


def html_page(
    template: str,
    *,
    policy: str = WITHOUT_SCRIPTS.format(more=""),
    referrer: str = "same-origin",
    status: int = 200,
    **values: object,
) -> Response:
    """Renders a page that is not cached and has this content security policy."""
    answer = make_response(render_template(template, **values), status)
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Referrer-Policy"] = referrer
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer

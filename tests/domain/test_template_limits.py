"""A shop's template is checked quickly at any nesting depth, even if its compilation would take seconds."""

import subprocess
import sys

import pytest

from domain.templates import TEMPLATES, TextKind
from domain.templating import TOO_COMPLICATED, check_template
from tests.waiting import PATIENCE_SECONDS

NESTED = {
    "not": "{{ " + "not " * 240 + "when }}",
    "brackets": "{{ " + "(" * 480 + "when" + ")" * 480 + " }}",
    "and": "{{ " + "when and " * 100 + "when }}",
    "minus": "{{ " + "-" * 900 + "1 }}",
    "sum": "{{ 1" + "+1" * 480 + " }}",
    "else": "{{ when" + " if when" * 100 + " }}",
    "list": "{{ " + "[" * 480 + "]" * 480 + " }}",
    "if": "{% if when %}" * 30 + "{{ when }}" + "{% endif %}" * 30,
    "wide": "{{a}}" * 200,
}
JUDGED = "import sys; from domain.templating import check_template; print(check_template('offer', sys.argv[1]))"


@pytest.mark.parametrize("name", NESTED)
def test_a_deeply_nested_template_is_refused_before_it_is_compiled(name):
    """Runs in a separate process, because the compiler cannot be interrupted."""
    judged = subprocess.run(
        [sys.executable, "-c", JUDGED, NESTED[name]],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    assert judged.stdout.strip() == str([TOO_COMPLICATED])


def test_the_defaults_are_far_from_the_limits():
    for kind, template in TEMPLATES.items():
        for source in template.defaults.values():
            assert check_template(kind, source) in ([], ["The text is empty."])


def test_some_nesting_is_fine():
    source = "{% if not (when and not deposit) %}{% if prepayment %}now{% endif %}{% endif %}{{ when }}"
    assert check_template(TextKind.OFFER, source) == []

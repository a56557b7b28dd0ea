"""docker-compose.yml: the variables of each settings class and of each process, between two comments."""

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic.fields import FieldInfo

from settings.all_settings import READ_BY
from settings.environment import FromEnvironment, breaks
from settings.setting_types import InProduction

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"
BEGIN, END = "# The variables of each settings class. Computed by `make docs`.\n", "# End of the computed part.\n"

# The values that the containers determine. All other values come from .env.
FIXED: Mapping[str, str] = {
    "DATABASE_URL": "${DATABASE_URL:-postgresql://slots:${DATABASE_PASSWORD:?set it in .env}@postgres:5432/slots}",
    "REDIS_URL": "${REDIS_URL:-redis://:${REDIS_PASSWORD:?set it in .env}@redis:6379/0}",
    "METRICS_PORT": "9464",
    # The port is reachable only from the networks of docker-compose.yml.
    "METRICS_HOST": "0.0.0.0",  # noqa: S104
    "PROMETHEUS_MULTIPROC_DIR": "/figures",
}


def compose_file() -> str:
    """Returns the whole file with the current variables."""
    before, _, rest = COMPOSE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    anchors = (*map(_of_class, READ_BY), _of_process("web"), _of_process("worker"))
    return "\n".join((f"{before}{BEGIN.strip()}", *anchors, f"{END}{after}"))


def _of_class(kind: type[FromEnvironment]) -> str:
    fields = ((name.upper(), info) for name, info in kind.model_fields.items() if name != "environment")
    variables = (f"  {name}: {FIXED.get(name, _source(name, info))}".rstrip() for name, info in fields)
    return "\n".join((f"x-{_anchor(kind)}: &{_anchor(kind)}", *variables, ""))


def _of_process(process: str) -> str:
    read = "".join(f", *{_anchor(kind)}" for kind, processes in READ_BY.items() if process in processes)
    return f"x-{process}-settings: &{process}-settings\n  <<: [*environment{read}]\n"


def _anchor(kind: type[FromEnvironment]) -> str:
    return re.sub(r"\B(?=[A-Z])", "-", kind.__name__.removesuffix("Settings")).lower()


def _source(name: str, field: FieldInfo) -> str:
    """Makes the variable required if production rejects its default."""
    rules = [rule for rule in field.metadata if isinstance(rule, InProduction)]
    return f"${{{name}:?set it in .env}}" if any(breaks(rule, field.default) for rule in rules) else ""

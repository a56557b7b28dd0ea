"""Checks the values that a shop enters to connect a calendar. Does not call the provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.calendars.registry import Provider

SANDBOX = "sandbox"


class NotEnteredError(Exception):
    """The values are invalid. `problems`: a sentence, by option name, for each missing or forbidden option."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Entered:
    """The accepted values. `credentials`: plain text, by the port's names. `settings`: may contain `base_url`."""

    credentials: dict[str, str] = field(repr=False)
    settings: dict[str, str]


def entered(provider: Provider, values: Mapping[str, str | None], *, sandbox_url: str, production: bool) -> Entered:
    """Checks `values`, by option name. The API key `sandbox` connects to the sandbox. Raises NotEnteredError."""
    if SANDBOX in (values.get("api_key"), values.get("token"), values.get("url")):
        values, settings = _at_sandbox(provider, values, sandbox_url=sandbox_url, production=production)
    else:
        settings = {}
    found = {one.name: values.get(one.option) or "" for one in provider.secrets}
    missing = [one for one in provider.secrets if one.required and not found[one.name]]
    if missing:
        raise NotEnteredError({one.option: f"{provider.label} requires this: {one.label}." for one in missing})
    if secret := values.get("webhook_secret"):
        found["webhook_secret"] = secret
    return Entered({name: value for name, value in found.items() if value}, settings)


def _at_sandbox(
    provider: Provider, values: Mapping[str, str | None], *, sandbox_url: str, production: bool
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Returns the values for the sandbox, and its address."""
    option = next(name for name in ("api_key", "token", "url") if values.get(name) == SANDBOX)
    if production:
        raise NotEnteredError({option: "The sandbox is not used in production."})
    if not sandbox_url:
        raise NotEnteredError({option: "There is no sandbox: SANDBOX_URL is not set."})
    url = sandbox_url.rstrip("/") + provider.sandbox_path
    filled = {**values} | {one.option: values.get(one.option) or one.in_sandbox for one in provider.secrets}
    if filled.get("url") == SANDBOX:
        filled["url"] = f"{url}/main.ics"
        return filled, {}
    return filled, {"base_url": url}

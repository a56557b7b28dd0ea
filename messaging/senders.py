"""The addresses, templates and keys of this installation that are used to compose messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """`app_url`: the public base address, without a trailing slash. Numbers are E.164.

    `numbers`: the installation's numbers by channel, for shops without one. `templates`: the SIDs of approved
    templates by channel, purpose and language. `secret_keys` derive sign-in codes and the links of invitations: the
    current key, then the previous one.
    """

    app_url: str
    email_ready: bool
    email_from: str
    platform_number: str | None
    numbers: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    secret_keys: list[str] = field(repr=False)

"""The addresses, templates and keys of this installation for composing messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """`app_url`: the public base address, without a trailing slash. Numbers are in E.164 format.

    `numbers`: the installation's numbers, by channel, for shops without a number. `templates`: the SIDs of approved
    templates, by channel, purpose and language. `secret_keys`: the current key and then the previous key, from which
    sign-in codes and invitation links are derived.
    """

    app_url: str
    email_ready: bool
    email_from: str
    platform_number: str | None
    numbers: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    secret_keys: list[str] = field(repr=False)

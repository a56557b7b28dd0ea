"""The addresses, templates and keys of this installation that messages are composed with."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """`app_url`: the public base address, without a slash at its end. Numbers are E.164.

    `whatsapp_templates`: SIDs of approved templates by purpose and language. `secret_keys` derive sign-in codes
    and the links of invitations: the current key, then the one before.
    """

    app_url: str
    email_ready: bool
    email_from: str
    platform_number: str | None
    whatsapp_number: str | None
    whatsapp_templates: dict[str, dict[str, str]] = field(default_factory=dict)
    secret_keys: list[str] = field(repr=False)

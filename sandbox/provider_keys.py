"""The keys with which the application can call Twilio, Stripe and Resend: several while a key is being replaced."""

import hmac
from dataclasses import dataclass, field


@dataclass(slots=True)
class ProviderKeys:
    """The keys that have been added or revoked since the sandbox was started."""

    added: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)

    def accepts(self, given: str, first: str) -> bool:
        """Whether the key `given` is accepted. `first`: the key in the settings."""
        valid = {first, *self.added} - self.revoked
        return any(hmac.compare_digest(given.encode(), key.encode()) for key in valid)

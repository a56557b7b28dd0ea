"""What a regular job meets when an item has to wait for somebody else. The message says for whom."""


class PostponedError(Exception):
    """Weather elsewhere: this item has to wait; the others need not."""


class ProviderUnavailableError(PostponedError):
    """Nobody answers there at all: the others will most likely have to wait as well."""

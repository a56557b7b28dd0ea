"""Errors for an item of a periodic job that must wait. The message gives the reason."""


class PostponedError(Exception):
    """This item cannot be processed yet; the next run tries it again."""


class ProviderUnavailableError(PostponedError):
    """The provider does not respond, so the other items probably have to wait as well."""

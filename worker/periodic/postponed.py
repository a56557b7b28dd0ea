"""Errors for items of a periodic job that must wait. The message gives the reason."""


class PostponedError(Exception):
    """The item cannot be processed yet. The next run tries again."""


class ProviderUnavailableError(PostponedError):
    """The provider does not respond. After several such errors in succession, the job stops."""

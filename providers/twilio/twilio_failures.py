"""Classifies a failed call to Twilio as not sent or as unknown."""

from requests.exceptions import ConnectionError as LostConnection
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException  # type: ignore[import-untyped]
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from providers.twilio.twilio_codes import TwilioCodeKind, on_sending
from providers.twilio.twilio_results import TextRefused, Unknown

# All exceptions of the SDK and its libraries. Malformed responses cause the built-in exceptions.
SDK_ERRORS = (TwilioException, RequestException, HTTPError, ValueError, KeyError, TypeError, AttributeError)


def failed_send(error: Exception) -> TextRefused | Unknown:
    """Classifies the exception of a create call."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        code = _number(error.code)
        meaning = on_sending(code, _number(error.status) or 0)
        if meaning.kind is TwilioCodeKind.UNKNOWN:
            return Unknown(meaning.words)
        return TextRefused(meaning.kind, meaning.words, code)
    if _was_not_sent(error):
        return TextRefused(TwilioCodeKind.LATER, "Twilio could not be reached, so nothing was sent.")
    return Unknown(f"Twilio's response did not arrive or could not be read ({type(error).__name__}).")


def failed_query(error: Exception) -> Unknown:
    """Classifies the exception of a fetch or list."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return Unknown(f"Twilio responded with status {error.status} ({error.code}) to a query.")
    return Unknown(f"Twilio did not respond ({type(error).__name__}).")


def is_missing(error: Exception) -> bool:
    """Whether Twilio responded that the message does not exist."""
    return isinstance(error, TwilioRestException | TwilioServiceException) and _number(error.status) == 404


def _was_not_sent(error: Exception) -> bool:
    """Whether the call failed before a connection was made."""
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, LostConnection) and error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError | ConnectTimeoutError)


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None

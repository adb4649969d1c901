"""Every error that hookkit raises, in one tree.

::

    HookkitError
    ├── ConfigError (also ValueError)      yours, at start-up: the text says what to write instead
    ├── RequestError                       the sender's, answered 4xx
    │   ├── MalformedRequest          400
    │   │   ├── BadLength                  Content-Length is not a length
    │   │   ├── BadBody                    authentic, but not what the media type says
    │   │   ├── BadEventName               no event name where the provider declares one
    │   │   ├── BadEventId                 an id that is no text of 1 to 255 printable characters
    │   │   └── BadChallenge               a set-up question that must not be echoed
    │   ├── Unauthorized              401, always the very same answer
    │   │   ├── MissingCredential          the header or parameter with the credential is not there
    │   │   ├── MalformedCredential        it is there, and not of the declared form
    │   │   ├── WrongCredential            it is of the declared form, and wrong
    │   │   │   └── NoBody                 no body came, and none was announced
    │   │   ├── BadTimestamp               the signed time is missing or not of the declared form
    │   │   ├── StaleTimestamp             signed too long ago
    │   │   ├── FutureTimestamp            signed too far ahead of our clock
    │   │   ├── UnknownTenant              the callable secret knows no secret for this request
    │   │   ├── SetUpClosed                a new secret came while no set-up is open
    │   │   ├── BodyTaken                  something read the body before hookkit could
    │   │   └── AddressRefused             the client's address is not in allow_from
    │   ├── MethodNotAllowed          405
    │   ├── ClientGone                408
    │   ├── LengthRequired            411
    │   ├── BodyTooLarge              413
    │   └── UnsupportedMedia          415
    └── OurFault                           ours, answered 503 with Retry-After
        ├── SecretUnavailable              the callable secret raised
        ├── KeyUnavailable                 the provider's public key could not be fetched
        └── InboxError                     the store of an inbox cannot be written or read

RetryLater and Discard stand apart: a handler raises them to say what is to become of its event.

A class's docstring is its message, so that documentation and log cannot drift apart. ``reason`` is a
stable code for logs and alarms. No error text holds a secret, a signature, a token or a part of a body.
"""

from __future__ import annotations

from hookkit.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import ClassVar
else:
    from hookkit.hints import ClassVar

__all__ = [
    "AddressRefused",
    "BadBody",
    "BadChallenge",
    "BadEventId",
    "BadEventName",
    "BadLength",
    "BadTimestamp",
    "BodyTaken",
    "BodyTooLarge",
    "ClientGone",
    "ConfigError",
    "Discard",
    "FutureTimestamp",
    "HookkitError",
    "InboxError",
    "KeyUnavailable",
    "LengthRequired",
    "MalformedCredential",
    "MalformedRequest",
    "MethodNotAllowed",
    "MissingCredential",
    "NoBody",
    "OurFault",
    "RequestError",
    "RetryLater",
    "SecretUnavailable",
    "SetUpClosed",
    "StaleTimestamp",
    "Unauthorized",
    "UnknownTenant",
    "UnsupportedMedia",
    "WrongCredential",
]

MONTH = 30 * 86400.0


class HookkitError(Exception):
    """Something in hookkit went wrong."""

    summary: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.summary = " ".join((cls.__doc__ or cls.__name__).split())

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.summary)


class ConfigError(HookkitError, ValueError):
    """The receiver cannot be built as written."""


class RequestError(HookkitError):
    """The request is refused. `receiver.explain(request)` says why."""

    status: ClassVar[int] = 400
    reason: ClassVar[str] = "bad-request"


class MalformedRequest(RequestError):
    """The request is not well-formed. Compare it with the provider's documentation."""

    reason = "malformed-request"


class BadLength(MalformedRequest):
    """Content-Length is no plain number, or the body ended before it. Look at the client or proxy."""

    reason = "bad-length"


class BadBody(MalformedRequest):
    """The body is authentic, but not what its media type says. Check the provider's `accepts`."""

    reason = "bad-body"


class BadEventName(MalformedRequest):
    """The event name is missing, or no text of 1 to 255 printable characters. Check `event_type`."""

    reason = "bad-event-name"


class BadEventId(MalformedRequest):
    """An id is there, but is no text of 1 to 255 printable characters. Check `event_id` and `delivery_id`."""

    reason = "bad-event-id"


class BadChallenge(MalformedRequest):
    """The set-up question holds a challenge that must not be echoed. Set the webhook up again."""

    reason = "bad-challenge"


class Unauthorized(RequestError):
    """The request is not authenticated. `receiver.explain(request)` says why."""

    status = 401
    reason = "unauthorized"


class MissingCredential(Unauthorized):
    """The signature or token is missing. Check that the secret is set at the provider."""

    reason = "missing-credential"


class MalformedCredential(Unauthorized):
    """The signature or token is not of the declared form. Check whose delivery it is."""

    reason = "malformed-credential"


class WrongCredential(Unauthorized):
    """The signature or token does not match. Compare the secret here with the one at the provider."""

    reason = "wrong-credential"


class NoBody(WrongCredential):
    """No body came, and none was announced. Look at what the client sends, and whether a proxy drops it."""

    reason = "no-body"


class BadTimestamp(Unauthorized):
    """The signed time is missing, or not of the declared form. Check whose delivery it is."""

    reason = "bad-timestamp"


class StaleTimestamp(Unauthorized):
    """The request was signed too long ago: a replay, a slow queue, or a clock that is off (check NTP)."""

    reason = "timestamp-too-old"


class FutureTimestamp(Unauthorized):
    """The request was signed too far in the future: one of the two clocks is off (check NTP)."""

    reason = "timestamp-in-future"


class UnknownTenant(Unauthorized):
    """The callable given as `secret` knows none for this request. Check the tenants."""

    reason = "unknown-tenant"


class SetUpClosed(Unauthorized):
    """A new secret came, and `accept` did not take it. Open the set-up before you create the webhook."""

    reason = "set-up-closed"


class BodyTaken(Unauthorized):
    """A body was announced and none was there to read.

    Something read it before hookkit could: put the receiver before that middleware. (Or the client
    sent none of it.)
    """

    reason = "body-taken"


class AddressRefused(Unauthorized):
    """The client's address is not in `allow_from`. Behind a proxy, add werkzeug's ProxyFix."""

    reason = "address-refused"


class MethodNotAllowed(RequestError):
    """The provider does not use this method. Only it should call this URL."""

    status = 405
    reason = "method-not-allowed"


class ClientGone(RequestError):
    """The client was too slow or went away. If it happens often, look at time-outs on the way."""

    status = 408
    reason = "client-gone"


class LengthRequired(RequestError):
    """Nothing says how long the body is. Serve with one that marks its end, such as gunicorn."""

    status = 411
    reason = "length-required"


class BodyTooLarge(RequestError):
    """The body is larger than the limit. Raise it with `Receiver(max_body=…)`, in bytes."""

    status = 413
    reason = "body-too-large"


class UnsupportedMedia(RequestError):
    """The media type, charset or coding is none of the provider's. Check `accepts` and `codings`."""

    status = 415
    reason = "unsupported-media"


class OurFault(HookkitError):
    """The receiver cannot do its work at the moment; the provider may try again."""

    status: ClassVar[int] = 503
    reason: ClassVar[str] = "our-fault"


class SecretUnavailable(OurFault):
    """The callable given as `secret` raised; its traceback is in the log."""

    reason = "secret-unavailable"


class KeyUnavailable(OurFault):
    """The provider's public key could not be fetched; see the log, and connect to its host by hand."""

    reason = "key-unavailable"


class InboxError(OurFault):
    """The inbox cannot be written or read: is its disk full, its file locked? See the log."""

    reason = "inbox-unavailable"


class RetryLater(Exception):  # a wish, not an error
    """Raised by a handler: to run again for this event, as after a failure.

    Args:
        after: seconds until then; by the handler's `Backoff` otherwise.
    """

    def __init__(self, after: float | None = None) -> None:
        if after is not None and not 0 <= after <= MONTH:
            raise ConfigError("RetryLater(after=…) is a number of seconds, from 0 to 30 days")
        super().__init__("later" if after is None else f"in {after:g} seconds")
        self.after = after


class Discard(Exception):  # a wish, not an error
    """Raised by a handler: this event is of no use, and not to be tried again.

    Args:
        reason: is kept beside the event.
    """

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

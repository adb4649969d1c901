"""`Sender`: any request that a provider would send, and those that it would not."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

from hookkit.errors import ConfigError, RequestError
from hookkit.keys import Secret
from hookkit.messages import Request
from hookkit.provider import Provider
from hookkit.schemes.timestamps import both_ways
from hookkit.testing.composing import compose
from hookkit.testing.secrets import new_secret
from hookkit.verifier import Verifier

__all__ = ["Sender"]

_numbers = itertools.count(1)

A_SECOND_MORE = 1.0


class Sender:
    """Makes requests of one provider.

    Args:
        provider: the sender.
        secret: as it is set at the provider, of a key pair the private key; by default a new one.
        clock: unix seconds.
        url: of the endpoint, for schemes that sign it.
        verifier: signs; by default one of provider and secret.

    Raises:
        ConfigError: the provider needs more than a secret, or no secret can be made up.
    """

    def __init__(
        self,
        provider: Provider,
        secret: Secret | None = None,
        *,
        clock: Callable[[], float] = time.time,
        url: str = "",
        verifier: Verifier | None = None,
    ) -> None:
        self.provider = provider
        self.secret = secret
        if verifier is None:
            self.secret = new_secret(provider) if secret is None else secret
            verifier = Verifier(provider, secret=self.secret, clock=clock)
        self._verifier = verifier
        self._url = url
        self._start = time.time_ns() // 1_000_000

    def request(
        self,
        type: str | None = None,  # noqa: A002  # an event's
        payload: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,  # noqa: A002  # an event's
        delivery_id: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        """A request as the provider would send it now, of a new event, where no `id` says which.

        Raises:
            ConfigError: it cannot be made up, or not be signed with this secret; the text says what to give.
        """
        return self.sign(
            self.unsigned(type, payload, id=id, delivery_id=delivery_id, headers=headers)
        )

    def unsigned(
        self,
        type: str | None = None,  # noqa: A002  # an event's
        payload: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,  # noqa: A002  # an event's
        delivery_id: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        """As `request`, without a signature."""
        return compose(
            self.provider,
            type,
            payload,
            event_id=id,
            delivery_id=delivery_id,
            now=self._verifier.now(),
            new_number=lambda: self._start * 1000 + next(_numbers),
            headers=headers,
            url=self._url,
        )

    def sign(self, request: Request, *, age: float = 0.0) -> Request:
        """The request, signed so many seconds ago.

        Raises:
            ConfigError: the scheme writes into the body, and cannot into this.
        """
        try:
            return self._verifier.sign(request, at=self._verifier.now() - age)
        except ConfigError:
            raise
        except (ValueError, TypeError, AttributeError, RecursionError, RequestError) as error:
            message = f"{self.provider.name} cannot sign this body: {error.__class__.__name__}"
            raise ConfigError(message) from None

    def stale(self, request: Request) -> Request:
        """The request, signed just too long ago. Raises ConfigError where no time is signed."""
        scheme = self.provider.scheme
        window = both_ways(getattr(scheme, "tolerance", None))
        if window is None or not scheme.covers("timestamp"):
            raise ConfigError(f"{self.provider.name} signs no time: nothing of it grows stale")
        return self.sign(request, age=max(window) + A_SECOND_MORE)

    def tampered(self, request: Request) -> Request:
        """The signed request with another body: a blank more. Raises ConfigError where that is not signed."""
        if not self.provider.scheme.covers("body"):
            raise ConfigError(f"{self.provider.name} does not sign the body: nobody can tell")
        return request.replace(body=request.body + b" ")

    def __repr__(self) -> str:
        return f"<Sender {self.provider.name}>"

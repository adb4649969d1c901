"""The secrets of one receiver: one, several (rotation), or one found by the request (tenants)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from hashlib import pbkdf2_hmac

from hookkit.errors import ConfigError, SecretUnavailable, UnknownTenant
from hookkit.hints import Generic, TypeVar
from hookkit.logs import EscapedTracebacks
from hookkit.messages import Request

__all__ = ["FetchedKeys", "Keys", "Secret", "SecretSource"]

Secret = str | bytes
Ask = Callable[[Request], Secret | Sequence[Secret] | None]
SecretSource = Secret | Sequence[Secret] | Ask

ROUNDS = 100_000
"""Of the hash for labels: some 30 ms."""

K = TypeVar("K")
R = TypeVar("R")

logger = logging.getLogger("hookkit.keys")
logger.addFilter(EscapedTracebacks())


class Keys(Generic[K]):
    """Secrets, made ready for a scheme once.

    Args:
        secret: a text or bytes; a list of them, the newest first; or a callable that gives either for
            a request, and ``None`` where the request names no tenant that is known.
        prepare: the scheme's own reading of a secret (as text, as base64, ...).
        most: how many may be live at once.

    Raises:
        ConfigError: there is no secret, one is empty or unreadable, or there are too many.
    """

    __slots__ = ("_most", "_prepare", "_secret", "fixed")

    def __init__(
        self, secret: SecretSource | None, prepare: Callable[[bytes], K], most: int = 8
    ) -> None:
        self._prepare = prepare
        self._most = most
        self._secret = secret
        self.fixed: tuple[K, ...] = () if callable(secret) else self._prepared(secret)

    def of(self, request: Request) -> tuple[K, ...]:
        """The keys for this request.

        Raises:
            UnknownTenant: the callable knows none.
            SecretUnavailable: the callable raised, or gave what is no secret.
        """
        if not callable(self._secret):
            return self.fixed
        return _read(self._secret, request, self._prepared)

    def raw(self, request: Request) -> tuple[bytes, ...]:
        """The secrets as they were given, for `explain`; none for a tenant that is not known.

        Raises:
            SecretUnavailable: as `of`.
        """
        if not callable(self._secret):
            return self._checked(self._secret)
        try:
            return _read(self._secret, request, self._checked)
        except UnknownTenant:
            return ()

    def labels(self, salt: str) -> tuple[str, ...]:
        """For each secret a name that tells it from the others; none where they depend on the request.

        Sixteen bits of a slow hash: two that are live at once differ, and a thief of the name can rule
        out next to nothing.
        """
        if callable(self._secret):
            return ()
        return tuple(
            pbkdf2_hmac("sha256", raw, salt.encode(), ROUNDS)[:2].hex()
            for raw in self._checked(self._secret)
        )

    @property
    def asks(self) -> bool:
        """Whether finding the keys calls the user's code, which may block."""
        return callable(self._secret)

    def _prepared(self, secret: Secret | Sequence[Secret] | None) -> tuple[K, ...]:
        secrets = _listed(secret)
        if not secrets:
            raise ConfigError("secret= is an empty list: pass at least one secret")
        if len(secrets) > self._most:
            raise ConfigError(
                f"{len(secrets)} secrets, at most {self._most} may be live at once: "
                "remove those that are no longer in use (or raise Limits(secrets=…))"
            )
        return tuple(self._prepared_one(one, place) for place, one in enumerate(secrets, 1))

    def _checked(self, secret: Secret | Sequence[Secret] | None) -> tuple[bytes, ...]:
        self._prepared(secret)
        return tuple(map(_as_bytes, _listed(secret)))

    def _prepared_one(self, secret: Secret, place: int) -> K:
        try:
            return self._prepare(_as_bytes(secret))
        except ConfigError as error:
            message = str(error)
        # Out of the handler: a decoder's error holds the secret, and would stay attached as the context.
        raise ConfigError(f"secret number {place}: {message}")

    def __repr__(self) -> str:
        return "<Keys by request>" if self.asks else f"<Keys: {len(self.fixed)} hidden>"


def _read(ask: Ask, request: Request, reader: Callable[[Secret | Sequence[Secret]], R]) -> R:
    """What `reader` makes of the secret that the user's callable gives for this request."""
    try:
        secret = ask(request)
        if secret is not None:
            return reader(secret)
    except Exception as error:
        logger.exception("the callable given as secret failed")
        raise SecretUnavailable from error
    raise UnknownTenant


class FetchedKeys(Keys[K]):
    """What a scheme fetches its keys with, in the place of secrets."""

    __slots__ = ()

    def __init__(self, key: K) -> None:
        self.fixed = (key,)

    @property
    def asks(self) -> bool:
        return True  # another host, where not the user's code

    def of(self, request: Request) -> tuple[K, ...]:
        return self.fixed

    def raw(self, request: Request) -> tuple[bytes, ...]:
        return ()

    def labels(self, salt: str) -> tuple[str, ...]:
        return ()

    def __repr__(self) -> str:
        return "<Keys: fetched>"


def _listed(secret: Secret | Sequence[Secret] | None) -> list[Secret]:
    if secret is None:
        raise ConfigError(
            "no secret: pass secret=, for example os.environ['WEBHOOK_SECRET'], as it is set at the provider"
        )
    if isinstance(secret, str | bytes):
        return [secret]
    if not isinstance(secret, Iterable):
        kind = type(secret).__name__
        raise ConfigError(f"secret= is text, bytes, a list of them or a callable, not a {kind}")
    return list(secret)


def _as_bytes(secret: object) -> bytes:
    if not isinstance(secret, str | bytes):
        raise ConfigError(f"it is a {type(secret).__name__}, not text or bytes")
    try:
        raw = secret.encode() if isinstance(secret, str) else secret
    except UnicodeEncodeError:
        raise ConfigError("it cannot be written as UTF-8") from None
    if not raw.strip():
        raise ConfigError("it is empty: is the environment variable set?")
    if b"\0" in raw:
        raise ConfigError("it holds a NUL byte, which no header can carry")
    return raw

"""`Verifier`: says whether a request is from whom it claims, unchanged and recent."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from hookkit.errors import (
    BodyTaken,
    ConfigError,
    KeyUnavailable,
    NoBody,
    SecretUnavailable,
    UnknownTenant,
    WrongCredential,
)
from hookkit.hints import TYPE_CHECKING, Any
from hookkit.keys import FetchedKeys, Keys, Secret, SecretSource
from hookkit.limits import Limits
from hookkit.messages import Request, announces_missing_body, has_no_body
from hookkit.provider import Provider
from hookkit.schemes.base import AnyScheme, Fetch, Verdict, as_fetching, checking
from hookkit.schemes.timestamps import Tolerance, both_ways
from hookkit.values import replace

if TYPE_CHECKING:
    from hookkit.explain import Explanation
    from hookkit.variants import Case

__all__ = ["Verifier"]


def _message_id() -> str:
    return f"msg_{os.urandom(12).hex()}"


class Verifier:
    """Verifies the requests of one provider, and signs as that provider does.

    Usable alone: ``Verifier(providers.github, secret=…).verify(request)``.

    Args:
        provider: the sender, such as `providers.github`.
        secret: text or bytes; a list of them while one replaces another, the newest first; or a callable
            of the request that gives either, and ``None`` for a tenant that it does not know; or, where
            the provider's requests name their key, a mapping from that name to the key.
        tolerance: seconds between the signed time and ours, both ways; the provider's by default.
        public_url: the URL that the provider calls, where a proxy changes it on the way: the origin
            (``https://hooks.example.com``), or with the whole path.
        clock: unix seconds.
        fetch: gets published keys, for the schemes that have such: from a Request to its Response; by
            default `hookkit.fetch.Fetcher`, which asks the scheme's hosts only.
        new_id: makes the ids of signed messages.
        limits: bounds on headers and signatures.

    Raises:
        ConfigError: a secret is missing, empty or unreadable, or an argument does not fit the scheme.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        secret: SecretSource | Mapping[str, Secret] | None,
        tolerance: Tolerance = None,
        public_url: str | None = None,
        clock: Callable[[], float] = time.time,
        fetch: Fetch | None = None,
        new_id: Callable[[], str] = _message_id,
        limits: Limits | None = None,
    ) -> None:
        if not isinstance(provider, Provider):
            raise ConfigError("provider= is a Provider, such as providers.github")
        provider.check_complete()
        self.provider = provider
        self._scheme = _with_tolerance(provider, tolerance)
        self._limits = limits or Limits()
        self._check_verdict: Callable[[Request, Verdict], None] = _nothing_more
        if isinstance(secret, Mapping):
            secret = _ByKeyId(provider, self._scheme, secret, self._limits.secrets)
            self._check_verdict = secret.check
        self._keys = self._make_keys(secret, fetch)
        self._fixed = self._keys.fixed
        self._check = checking(self._scheme, self._fixed, self._limits) if self._fixed else None
        url = _check_url(public_url)
        self._public_url = url if self._scheme.signs_url else None
        self._clock = clock
        self._new_id = new_id

    @property
    def blocks(self) -> bool:
        """Whether verifying calls the user's code or another host, and so may take its time."""
        return self._keys.asks

    @property
    def fresh_for(self) -> float | None:
        """Seconds for which one signed request verifies; ``None``: for as long as the secret is in use."""
        scheme = self._scheme
        window = both_ways(getattr(scheme, "tolerance", None))
        return sum(window) if window is not None and scheme.covers("timestamp") else None

    def _make_keys(self, secret: SecretSource | None, fetch: Fetch | None) -> Keys[Any]:
        fetching = as_fetching(self._scheme)
        if secret is None and fetching is not None and fetching.hosts:
            return FetchedKeys(fetching.keyring(fetch or _fetcher(fetching.hosts)))
        return Keys(secret, self._scheme.prepare, self._limits.secrets)

    def verify(self, request: Request) -> Verdict:
        """Who signed, and when.

        Raises:
            Unauthorized: the request is not authentic; the subclass says why, for your own log only.
            SecretUnavailable: the callable given as `secret` raised.
            KeyUnavailable: the provider's key could not be fetched.
        """
        check = self._check or checking(self._scheme, self._keys.of(request), self._limits)
        if self._public_url is not None:
            request = relocated(request, self._public_url)
        try:
            verdict = check(request, self._clock())
        except WrongCredential:
            if request.body or not self._scheme.covers("body"):
                raise
            if announces_missing_body(request):
                raise BodyTaken from None
            if has_no_body(request):
                raise NoBody from None
            raise
        self._check_verdict(request, verdict)
        return verdict

    def sign(self, request: Request, *, message_id: str = "", at: float | None = None) -> Request:
        """The request as the provider would send it now, or `at` (unix seconds), with the first secret."""
        keys = self._keys.fixed or self._keys.of(request)
        if self._public_url is not None:
            request = relocated(request, self._public_url)
        now = self._clock() if at is None else at
        return self._scheme.sign(request, keys[0], now, message_id or self._new_id())

    def now(self) -> float:
        """Unix seconds, by its clock."""
        return self._clock()

    def first_secret(self, request: Request) -> bytes:
        """The newest secret as it was given, for answers to a provider that are made with it.

        Raises:
            UnknownTenant, SecretUnavailable: as `verify`.
        """
        secrets = self._keys.raw(request)
        if not secrets:
            raise UnknownTenant
        return secrets[0]

    def labels(self, salt: str) -> tuple[str, ...]:
        """For each secret, the newest first, a name under which reports show it; see `Keys.labels`."""
        return self._keys.labels(salt)

    def explain(
        self,
        request: Request,
        *,
        others: Iterable[Verifier] = (),
        known: Mapping[str, str] | None = None,
    ) -> Explanation:
        """What verifying looks at, step by step, and the likely cause of a refusal.

        For your own eyes, never for a reply; it tries many variants and so is slow.

        Args:
            request: as it arrived.
            others: verifiers whose secret the sender may have used instead.
            known: other providers' signature headers, to name whose delivery it is.
        """
        from hookkit.explain import explain, unavailable  # none of it on the request path

        try:
            return explain(self.case(request), list(_cases(others, request)), known or {})
        except (SecretUnavailable, KeyUnavailable) as error:
            return unavailable(error)

    def case(self, request: Request) -> Case:
        """All that the verdict on this request depends on, for `explain`.

        Raises:
            SecretUnavailable: the callable given as `secret` raised.
        """
        from hookkit.variants import Case

        seen_url = request.url if self._scheme.signs_url else ""
        if self._public_url is not None:
            request = relocated(request, self._public_url)
        return Case(
            provider=self.provider,
            scheme=self._scheme,
            secrets=self._keys.raw(request),
            fetched=self._fixed if isinstance(self._keys, FetchedKeys) else (),
            request=request,
            now=self._clock(),
            limits=self._limits,
            seen_url=seen_url,
            check=self._check_verdict,
        )

    def __repr__(self) -> str:
        return f"<Verifier {self.provider.name}, {self._keys!r}>"


def _cases(verifiers: Iterable[Verifier], request: Request) -> Iterator[Case]:
    for verifier in verifiers:
        with suppress(SecretUnavailable):  # it is logged, and not about this request's own secret
            yield verifier.case(request)


def _fetcher(hosts: frozenset[str]) -> Fetch:
    from hookkit.fetch import Fetcher  # few providers publish keys

    return Fetcher(hosts)


def _nothing_more(_request: Request, _verdict: Verdict) -> None:
    """Where the request names no key, the signature says it all."""


class _ByKeyId:
    """Finds the secrets by the key id that a request names; by several, where it has several signatures.

    Raises:
        ConfigError: the provider's requests name no key, or a secret is missing or unreadable.
    """

    def __init__(
        self, provider: Provider, scheme: AnyScheme, secrets: Mapping[str, Secret], most: int
    ) -> None:
        place = provider.key_id
        if place is None:
            raise ConfigError(
                f"{provider.name} names no key in its requests: give secret= as a list"
            )
        if not secrets:
            raise ConfigError("secret= is an empty mapping: give at least one key by its id")
        Keys(
            list(secrets.values()), scheme.prepare, len(secrets)
        )  # raises now what a request would
        self._place = place
        self._secrets = secrets
        self._most = most

    def __call__(self, request: Request) -> list[Secret] | None:
        found = self._place.find(request, None)
        named = dict.fromkeys(found if isinstance(found, list | tuple) else [found])
        known = [
            self._secrets[each] for each in named if isinstance(each, str) and each in self._secrets
        ]
        return known[: self._most] or None

    def check(self, request: Request, verdict: Verdict) -> None:
        """Raises WrongCredential where the signature that is right is not of the key that it names.

        Of several signatures one may name a key and be made with that of another.
        """
        if verdict.named is None:
            return
        found = (self(request) or [])[verdict.key : verdict.key + 1]
        if found != [self._secrets.get(verdict.named)]:
            raise WrongCredential("The signature names another key than the one that made it.")


def _with_tolerance(provider: Provider, tolerance: Tolerance) -> AnyScheme:
    scheme = provider.scheme
    if tolerance is None:
        return scheme
    if not scheme.covers("timestamp"):
        raise ConfigError(
            f"{provider.name} signs no time, so there is nothing to give a tolerance to"
        )
    return replace(scheme, tolerance=tolerance)


def _check_url(url: str | None) -> str | None:
    if url is not None and not url.startswith(("https://", "http://")):
        raise ConfigError(
            f"public_url={url!r}: write the whole of it, such as https://hooks.example.com"
        )
    if url is not None and "#" in url:
        raise ConfigError(f"public_url={url!r}: no request has what stands behind the #")
    return url


def relocated(request: Request, public_url: str) -> Request:
    """The request at the URL that the provider called; one with a query is taken as it stands."""
    if "?" in public_url:
        return request.replace(url=public_url)
    path = public_url.partition("://")[2].partition("/")[2]
    base = public_url if path else public_url.rstrip("/") + request.path
    return request.replace(url=f"{base}?{request.query}" if request.query else base)

"""Signed tokens (RFC 7519), in a header, the query or the body: `JWT`, `PublishedJWT` (extra ``jwt``).

What a token says of the request it comes with is declared as rules: see `hookkit.schemes.claims`.
"""

from __future__ import annotations

import math
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from itertools import islice
from typing import Any, ClassVar

from hookkit.bodies import read_first
from hookkit.errors import (
    BadTimestamp,
    ConfigError,
    FutureTimestamp,
    MalformedCredential,
    MissingCredential,
    StaleTimestamp,
    Unauthorized,
    WrongCredential,
)
from hookkit.formats import JSON
from hookkit.limits import Limits
from hookkit.logs import printable
from hookkit.messages import Request
from hookkit.places import BLANKS, Header, Pointer, Query, check_place
from hookkit.schemes.base import AnyScheme, Fetch, Step, Verdict, credential, with_text
from hookkit.schemes.claims import Equals, EqualsURL, HashOf, Rule
from hookkit.schemes.compact import Claim, Claims, SignedToken, signing_input
from hookkit.schemes.signed import one_of
from hookkit.schemes.timestamps import (
    UNITS,
    Tolerance,
    both_ways,
    check_age,
    read_time,
    write_time,
)
from hookkit.schemes.tokenkeys import (
    ALGORITHMS,
    KeyFinder,
    Published,
    read_keys,
)
from hookkit.values import field, replace, value

__all__ = [
    "JWT",
    "Claim",
    "Equals",
    "EqualsURL",
    "HashOf",
    "PublishedJWT",
    "claims_of",
    "with_claims",
]

_JSON = JSON()

LATEST = 10**12
"""Unix seconds, some 30 000 years ahead: what lies beyond is no time."""


@value(kw_only=True)
class JWT:
    """A token that is signed with a shared text (HS256 and the like), or that a public key checks.

    The secret is that text; or the public key in PEM or as a JWK, or several as a JWK Set. Given the
    private key instead, the same declaration signs as well.

    Args:
        token: where it is: a header, a parameter of the query, a text in the body's JSON, or, as
            ``Pointer("")``, the whole body. In the body it is what is delivered: read it with the format
            `hookkit.formats.JWS`.
        word: that stands before it in the header, such as ``Bearer``, whatever its case.
        algorithms: those that the provider signs with. A token with any other is refused.
        claims: what it must say beside the time, see `hookkit.schemes.claims`.
        required: claims with a time that it must have. ``exp`` and ``nbf`` are heeded wherever they are.
        time: the claim with the time of signing.
        unit: of that: ``s``, ``ms`` (since 1970) or ``rfc3339``.
        tolerance: seconds between that time and ours, inclusive; or (past, future); ``None``: any age is
            right, as long as the token is valid.
        leeway: seconds that a token is taken after its end, and before its beginning.
        id: the claim with the id of the message.
        lifetime: seconds that a token has that `sign` makes, where it has an end.

    Raises:
        ConfigError: the declaration does not hold together; the text says what to write.
    """

    family: ClassVar[str] = "jwt"
    extra: ClassVar[str] = "jwt"

    token: Header | Query | Pointer
    word: str = ""
    algorithms: tuple[str, ...] = ("HS256",)
    claims: tuple[Rule, ...] = ()
    required: tuple[str, ...] = ()
    time: str = "iat"
    unit: str = "s"
    tolerance: Tolerance = None
    leeway: float | tuple[float, float] = (0, 10)
    id: str | None = None
    lifetime: float = 300
    _window: tuple[float, float] | None = field(init=False, repr=False, compare=False)
    _leeway: tuple[float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_place("token", self.token)
        one_of("unit", self.unit, UNITS)
        if not self.algorithms:
            raise ConfigError(
                'algorithms=() accepts no token: write those used, such as ("HS256",)'
            )
        for algorithm in self.algorithms:
            one_of("algorithms", algorithm, ALGORITHMS)
        if len({algorithm.startswith("HS") for algorithm in self.algorithms}) > 1:
            raise ConfigError(
                "algorithms= mixes shared texts with public keys, and whoever has a public key could "
                "sign with it as the text: name the one kind that the provider uses"
            )
        if self.word and not isinstance(self.token, Header):
            raise ConfigError(
                f"word={self.word!r} stands before a token in a header, and nowhere else"
            )
        object.__setattr__(self, "_window", both_ways(self.tolerance))
        object.__setattr__(self, "_leeway", both_ways(self.leeway) or (0, 0))

    @property
    def header(self) -> str | None:
        """Name of the header that carries the token, where one does."""
        return self.token.name if isinstance(self.token, Header) else None

    @property
    def signs_url(self) -> bool:
        """Whether a claim binds the token to the URL or a part of it."""
        return any(self.covers(part) for part in ("url", "path", "query"))

    @property
    def window(self) -> tuple[float, float] | None:
        """Seconds after and before its signing in which a token is right that `sign` makes."""
        if "exp" not in self.required:
            return self._window
        # At its very end it is no longer right.
        valid = (self.lifetime + self._leeway[0] - 1, self._leeway[1])
        both = (valid, self._window or (math.inf, math.inf))
        return (min(past for past, _ in both), min(future for _, future in both))

    def covers(self, part: str) -> bool:
        """Whether `part` (``body``, ``timestamp``, ``id``, ``url``, ...) is signed."""
        if part == "timestamp":
            return self.tolerance is not None or bool(self.required)
        if part == "id":
            return self.id is not None
        if part == "body" and isinstance(self.token, Pointer):
            return True
        return any(rule.covers(part) for rule in self.claims)

    def prepare(self, secret: bytes) -> KeyFinder:
        return read_keys(secret, self.algorithms)

    def verify(
        self, request: Request, keys: tuple[KeyFinder, ...], now: float, limits: Limits
    ) -> Verdict:
        """Who signed, and when. Raises Unauthorized, or KeyUnavailable."""
        token = SignedToken(self._shown(request, limits))
        position = self.signer(token, keys, now, limits)
        claims = token.claims()
        if not all(rule.holds(claims, request) for rule in self.claims):
            raise WrongCredential
        # Last, so that the log calls stale only what is authentic.
        return self._verdict(position, claims, now)

    def signer(
        self, token: SignedToken, keys: Sequence[KeyFinder], now: float, limits: Limits
    ) -> int:
        """Position of the secret that signed this token. Raises Unauthorized, or KeyUnavailable."""
        if token.algorithm not in self.algorithms:
            raise MalformedCredential
        for position, key in enumerate(keys):
            candidates = islice(key.candidates(token.header, now), limits.candidates)
            if any(candidate.fits(token) for candidate in candidates):
                return position
        raise WrongCredential

    def _verdict(self, position: int, claims: Claims, now: float) -> Verdict:
        past, future = self._leeway
        end, start = _numeric_date(claims, "exp"), _numeric_date(claims, "nbf")
        signed = self._signing_time(claims)
        needed = {"exp": end, "nbf": start, self.time: signed}
        if any(needed.get(name) is None for name in self.required):
            raise BadTimestamp
        if end is not None and now >= end + past:
            raise StaleTimestamp
        if start is not None and now < start - future:
            raise FutureTimestamp
        if signed is None:
            if self._window is not None:
                raise BadTimestamp
            return Verdict(position)
        check_age(now - signed, self._window or (math.inf, future))
        return Verdict(position, signed, now - signed)

    def _signing_time(self, claims: Claims) -> float | None:
        said = claims.get(self.time)
        if self.unit == "s" or said is None:
            return _numeric_date(claims, self.time)
        text = str(said) if type(said) is int else said
        if not isinstance(text, str) or (type(said) is int) != (self.unit == "ms"):
            raise BadTimestamp
        return read_time(text, self.unit)

    def sign(self, request: Request, key: KeyFinder, now: float, message_id: str) -> Request:
        """The request as the provider would send it, signed at `now`.

        What a token in the request says beside the declared claims is kept. Where the body is the token,
        a body that is none yet holds its claims, as JSON.
        """
        signer = key.signer()
        algorithm = next(each for each in self.algorithms if signer.serves(each))
        header, claims = self._former(request)
        self._put_times(claims, now)
        if self.id is not None:
            claims[self.id] = message_id
        for rule in self.claims:
            rule.put(claims, request)
        named = {"kid": header["kid"]} if "kid" in header else {}
        text = signing_input({"alg": algorithm, "typ": "JWT", **named, **signer.header}, claims)
        signature = urlsafe_b64encode(signer.sign(algorithm, text)).rstrip(b"=")
        return self._with_token(request, (text + b"." + signature).decode())

    def _former(self, request: Request) -> tuple[Claims, Claims]:
        """Header and claims of the token that the request has, or would be made of."""
        try:
            token = SignedToken(self._shown(request, Limits()))
            return token.header, token.claims()
        except Unauthorized:
            if not isinstance(self.token, Pointer):
                return {}, {}
        try:
            payload = read_first(request, _JSON, Limits())
        except Unauthorized:
            raise ConfigError(
                "the body that is to be signed holds the claims: write them as a JSON object"
            ) from None
        return {}, payload if isinstance(payload, dict) else {}

    def _put_times(self, claims: Claims, now: float) -> None:
        # Those that a former token had are old by now.
        for name, time in (("exp", now + self.lifetime), ("nbf", now), ("iat", now)):
            if name in claims or name in self.required:
                claims[name] = int(time)
        stamp = write_time(now, self.unit)
        if self.covers("timestamp"):
            claims[self.time] = stamp if self.unit == "rfc3339" else int(stamp)

    def _with_token(self, request: Request, token: str) -> Request:
        if self.token == Pointer(""):
            return request.replace(body=token.encode())
        if isinstance(self.token, Pointer):
            # Into a new body: what this one says is in the token now.
            return with_text(request.replace(body=b"{}"), self.token, token, _JSON)
        return with_text(request, self.token, f"{self.word} {token}".strip())

    def _shown(self, request: Request, limits: Limits) -> bytes:
        """The token's text, wherever it is. Raises Unauthorized."""
        if isinstance(self.token, Pointer):
            return self._in_body(self.token, request, limits)
        text = credential(self.token, request, limits)
        if self.word:
            said, _, text = text.partition(" ")
            if said.lower() != self.word.lower():
                raise MalformedCredential
        return text.strip(BLANKS).encode("utf-8", "surrogatepass")

    def _in_body(self, place: Pointer, request: Request, limits: Limits) -> bytes:
        if not place.path:
            if not request.body:
                raise MissingCredential
            return request.body
        text = place.find(request, read_first(request, _JSON, limits))
        if text is None:
            raise MissingCredential
        if not isinstance(text, str):
            raise MalformedCredential
        return text.encode("utf-8", "surrogatepass")

    def steps(self, request: Request, keys: tuple[KeyFinder, ...], limits: Limits) -> list[Step]:
        """What verifying looks at, for `explain`: of the token no more than says what it is."""
        wanted = Step(
            "wanted", f"a token in {self._where()}, signed by {' or '.join(self.algorithms)}"
        )
        try:
            shown = self._shown(request, limits)
            token = SignedToken(shown)
            claims = token.claims()
        except Unauthorized as error:
            return [Step("unreadable", str(error)), wanted]
        named = printable(str(token.header.get("kid", "none")), 60)
        found = [
            wanted,
            Step(self._where(), f"{len(shown)} characters, not shown"),
            Step("token", f"{printable(token.algorithm, 20)}, key id {named}"),
        ]
        return [
            *found,
            *(Step(f"claim {rule.claim}", _said(rule, claims, request)) for rule in self.claims),
        ]

    def _where(self) -> str:
        if isinstance(self.token, Pointer):
            return f"{self.token.path} in the body" if self.token.path else "the body"
        kind = "header" if isinstance(self.token, Header) else "query parameter"
        return f"{kind} {self.token.name}"


def _said(rule: Rule, claims: Claims, request: Request) -> str:
    try:
        if rule.holds(claims, request):
            return "as declared"
    except Unauthorized as error:
        return str(error)
    return "something else" if rule.claim in claims else "missing"


def _numeric_date(claims: Claims, name: str) -> float | None:
    """A time as RFC 7519 section 2 writes it, or ``None``. Raises BadTimestamp."""
    said = claims.get(name)
    if said is None:
        return None
    if type(said) not in (int, float) or not 0 <= said <= LATEST:
        raise BadTimestamp
    return float(said)


@value(kw_only=True)
class PublishedJWT(JWT):
    """A token that is checked with keys from a fixed URL, or, with a secret, with those alone.

    Further arguments are those of `JWT`.

    Args:
        keys_at: URL of the provider's JWK Set.

    Raises:
        ConfigError: it is no https URL.
    """

    keys_at: str

    def __post_init__(self) -> None:
        super().__post_init__()
        host, slash, _ = self.keys_at.removeprefix("https://").partition("/")
        if not (self.keys_at.startswith("https://") and host and slash) or "@" in host:
            raise ConfigError(
                f"keys_at={self.keys_at!r}: write the whole URL, such as https://login.example.com/jwks.json"
            )

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({self.keys_at.removeprefix("https://").partition("/")[0]})

    def keyring(self, fetch: Fetch) -> Published:
        """Raises ConfigError where the keys would be shared texts, which nobody may publish."""
        if self.algorithms[0].startswith("HS"):
            raise ConfigError(
                f"{self.algorithms[0]} takes a shared text: pass it as secret=, or name the algorithm of the "
                "keys that are published, such as RS256"
            )
        return Published(self.keys_at, fetch, self.algorithms)


def with_claims(scheme: AnyScheme, *rules: Rule) -> AnyScheme:
    """A scheme for tokens that asks for more, for what a provider's `configure` is given."""
    return replace(scheme, claims=(*getattr(scheme, "claims"), *rules))  # noqa: B009  # of JWT only


def claims_of(scheme: AnyScheme, text: str, *, secret: str | bytes, now: float) -> dict[str, Any]:
    """The claims of a token that stands elsewhere, such as inside of another, signed with the same keys.

    Only the signature, and with it the key, is checked; what the token says is yours to compare.

    Args:
        scheme: the provider's, such as ``providers.apple_app_store.scheme``.
        text: the token.
        secret: as the receiver has it.
        now: unix seconds.

    Raises:
        Unauthorized: it is no token, or not signed with this secret.
        ConfigError: the secret is unreadable, or the scheme is none for tokens.
    """
    if not isinstance(scheme, JWT):
        raise ConfigError(f"claims_of() reads tokens, and {type(scheme).__name__} has none")
    key = scheme.prepare(secret.encode() if isinstance(secret, str) else secret)
    token = SignedToken(text.encode("utf-8", "surrogatepass"))
    scheme.signer(token, [key], now, Limits())
    return token.claims()

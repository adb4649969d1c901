"""HTTP Message Signatures (RFC 9421) with a digest of the body (RFC 9530): `MessageSignature`.

A sender lists in ``Signature-Input`` what it signs, so the list is checked against what must be signed:
otherwise a signature over nothing would do. The algorithm is the declaration's, never the request's.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

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
from hookkit.limits import Limits
from hookkit.logs import printable
from hookkit.messages import Request
from hookkit.places import BLANKS, Header
from hookkit.schemes.base import Step, Verdict, credential
from hookkit.schemes.components import Component, Message, declared, implied, named
from hookkit.schemes.content_digest import check_digest, write_digest
from hookkit.schemes.keyforms import KEY_FORMS
from hookkit.schemes.message_algorithms import ALGORITHMS
from hookkit.schemes.signed import Signed, one_of
from hookkit.schemes.structured import Item, Parameters, library, parse, write, write_list
from hookkit.schemes.timestamps import Tolerance, both_ways, check_age
from hookkit.values import field, value

__all__ = ["KeyIds", "MessageSignature"]

_INPUT, _SIGNATURE = Header("Signature-Input"), Header("Signature")

_TEXTS = ("alg", "keyid", "nonce", "tag")
_TIMES = ("created", "expires")

MOST = 64
"""Components of one signature. Each may cost a look through the whole query or a header."""

# The furthest first: of several refused signatures the one that came furthest tells most.
_FURTHEST = (StaleTimestamp, FutureTimestamp, WrongCredential, Unauthorized)


@value
class _Signature:
    """One label's signature, and what it says of itself."""

    label: str
    items: list[Item]
    parameters: Parameters
    value: bytes

    @property
    def components(self) -> list[Component]:
        """What it covers. Raises MalformedCredential."""
        if len(self.items) > MOST:
            raise MalformedCredential
        found = [named(item) for item in self.items]
        if len({component.identity for component in found}) < len(found):
            raise MalformedCredential
        return found


@value(kw_only=True)
class MessageSignature:
    """A signature over named components of the request; it needs the extra ``signatures``.

    The secret is a public key, or for ``hmac-sha256`` the shared secret. Of several signatures in a request,
    one that covers what it must and verifies is enough. A field that was sent in several lines is taken as
    one value, as HTTP has it; so whether a blank stands behind a comma of a signed header proves nothing.

    Args:
        algorithm: the one that this key is for, a key of `ALGORITHMS`.
        required_components: what must be signed: names of headers, ``@method`` and the like, or an
            identifier in full, as in ``'"@query-param";name="id"'``. ``@target-uri`` is also signed by its
            parts. `sign` signs these.
        tolerance: of the time at which it was signed, which must be there: seconds, both ways and
            inclusive; or (past, future); ``None``: no check. An end of its validity counts in any case.
        tag: where several applications sign one request, the tag of the signature meant.
        keyid: the name of the key, which `sign` writes; a receiver finds the key by it with `KeyIds`.
        key: form of the shared secret, a key of `KEY_FORMS`.

    Raises:
        ConfigError: the declaration does not hold together; the text says what to write.
    """

    family: ClassVar[str] = "message-signature"
    extra: ClassVar[str] = "signatures"

    algorithm: str
    required_components: Sequence[str] = ("@method", "@target-uri", "content-digest")
    tolerance: Tolerance = 300
    tag: str | None = None
    keyid: str | None = None
    key: str = "text"
    _algorithm: Signed[Any] = field(init=False, repr=False, compare=False)
    _required: tuple[Component, ...] = field(init=False, repr=False, compare=False)
    _window: tuple[float, float] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        one_of("algorithm", self.algorithm, ALGORITHMS)
        one_of("key", self.key, KEY_FORMS)
        if isinstance(self.required_components, str):
            raise ConfigError('required_components= is a list, such as ["@method", "@path"]')
        components = tuple(self.required_components)
        required = tuple(map(declared, components))
        object.__setattr__(self, "required_components", components)
        object.__setattr__(self, "_algorithm", ALGORITHMS[self.algorithm](self.key))
        object.__setattr__(self, "_required", required)
        object.__setattr__(self, "_window", both_ways(self.tolerance))

    @property
    def header(self) -> str:
        return _SIGNATURE.name

    @property
    def signs_url(self) -> bool:
        return True

    def covers(self, part: str) -> bool:
        name = {"body": "content-digest", "url": "@target-uri"}.get(part, f"@{part}")
        return part == "timestamp" or (name, frozenset()) in implied(self._required, "a query")

    def prepare(self, secret: bytes) -> Any:
        library()  # raises now what a request would
        return self._algorithm.prepare(secret)

    def verify(
        self, request: Request, keys: tuple[Any, ...], now: float, limits: Limits
    ) -> Verdict:
        message = Message(request, limits)
        refusals: list[Unauthorized] = []
        for signature in self._signatures(request, limits):
            verdict = self._judge(signature, message, keys, now)
            if isinstance(verdict, Verdict):
                return verdict
            refusals.append(verdict)
        raise min(refusals, key=_steps_missed, default=MissingCredential())

    def sign(self, request: Request, key: Any, now: float, message_id: str) -> Request:
        """The request with one signature, of the required components."""
        if _has_digest(self._required):
            request = request.with_header("Content-Digest", write_digest(request.body))
        parameters: Parameters = {"created": int(now), "keyid": self.keyid, "tag": self.tag}
        given = {name: value for name, value in parameters.items() if value is not None}
        items = [parse(component.written, "item") for component in self._required]
        base = _base(Message(request, Limits()), list(self._required), write_list(items, given))
        made = self._algorithm.make(key, [base])
        return request.with_header(_INPUT.name, f"sig1={write_list(items, given)}").with_header(
            _SIGNATURE.name, f"sig1=:{made.decode()}:"
        )

    def steps(self, request: Request, keys: tuple[Any, ...], limits: Limits) -> list[Step]:
        wanted = Step("wanted", f"{self.algorithm}, over {', '.join(self.required_components)}")
        try:
            found = list(self._signatures(request, limits))
        except Unauthorized as error:
            return [Step("unreadable", str(error)), wanted]
        return [wanted, *(self._step(signature, request) for signature in found)]

    def _step(self, signature: _Signature, request: Request) -> Step:
        try:
            listed = printable(write_list(signature.items, signature.parameters), 400)
            lacking = ", ".join(self._lacking(signature.components, request.query))
        except Unauthorized as error:
            return Step(f"signature {signature.label}", str(error))
        lacks = f"; it does not cover {lacking}" if lacking else ""
        return Step(f"signature {signature.label}", f"{listed}{lacks}")

    def _signatures(self, request: Request, limits: Limits) -> Iterator[_Signature]:
        """The signatures with the tag that is declared.

        Raises:
            MissingCredential, MalformedCredential: the headers are not there, or not of their form.
        """
        inputs = _inputs(credential(_INPUT, request, limits))
        values = _values(credential(_SIGNATURE, request, limits))
        if inputs.keys() != values.keys() or len(inputs) > limits.candidates:
            raise MalformedCredential
        for label, (items, parameters) in inputs.items():
            if self.tag is None or parameters.get("tag") == self.tag:
                yield _Signature(label, items, parameters, values[label])

    def _judge(
        self, signature: _Signature, message: Message, keys: tuple[Any, ...], now: float
    ) -> Verdict | Unauthorized:
        try:
            self._check_parameters(signature.parameters)
            components = signature.components
            if self._lacking(components, message.request.query):
                raise MalformedCredential
            position = self._signer(signature, components, message, keys)
            if _has_digest(components):
                digest = message.request.header("Content-Digest") or ""
                check_digest(digest, message.request.body)
            return self._check_time(signature.parameters, position, now)
        except Unauthorized as refusal:
            return refusal

    def _check_parameters(self, parameters: Parameters) -> None:
        """Raises Unauthorized for what is not known, and for a time or algorithm that cannot be."""
        for name, said in parameters.items():
            if name in _TIMES:
                if type(said) is not int or said < 0:
                    raise BadTimestamp
            elif name not in _TEXTS or not isinstance(said, str):
                raise MalformedCredential
        if "created" not in parameters:
            raise BadTimestamp
        if parameters.get("alg", self.algorithm) != self.algorithm:
            raise MalformedCredential

    def _lacking(self, components: list[Component], query: str) -> list[str]:
        """What must be covered, and is not."""
        found = implied(components, query)
        return [each.name for each in self._required if each.subject not in found]

    def _signer(
        self,
        signature: _Signature,
        components: list[Component],
        message: Message,
        keys: tuple[Any, ...],
    ) -> int:
        """The position of the key that signed. Raises Unauthorized."""
        shown = [b64encode(signature.value)]
        written = write_list(signature.items, signature.parameters)
        bases = (
            _base(message, components, written, respaced=respaced) for respaced in (False, True)
        )
        for base in dict.fromkeys(bases):
            for position, key in enumerate(keys):
                if self._algorithm.fits(key, [base], shown):
                    return position
        raise WrongCredential

    def _check_time(self, parameters: Parameters, position: int, now: float) -> Verdict:
        # After the signature, so that the log calls stale only what is authentic.
        created: int = parameters["created"]
        check_age(now - created, self._window)
        if now > parameters.get("expires", now):
            raise StaleTimestamp
        return Verdict(position, created, now - created, named=parameters.get("keyid"))


@value
class KeyIds:
    """The names of the keys that a request says it is signed with: one for each signature."""

    def find(self, request: Request, payload: object = None) -> list[str] | None:
        try:
            inputs = _inputs(credential(_INPUT, request, Limits()))
        except Unauthorized:
            return None
        found = [parameters.get("keyid") for _, parameters in inputs.values()]
        return [each for each in found if isinstance(each, str)] or None


def _has_digest(components: Iterable[Component]) -> bool:
    return any(component.name == "content-digest" for component in components)


def _steps_missed(refusal: Unauthorized) -> int:
    """How far this signature was from being accepted: 0 for one that is authentic."""
    return next(missed for missed, kind in enumerate(_FURTHEST) if isinstance(refusal, kind))


def _inputs(text: str) -> dict[str, Item]:
    """By label, what is covered and the parameters. Raises MalformedCredential."""
    found: dict[str, Item] = parse(text, "dictionary")
    if not all(isinstance(items, list) for items, _ in found.values()):
        raise MalformedCredential
    return found


def _values(text: str) -> dict[str, bytes]:
    """By label, the signature. Raises MalformedCredential."""
    found = parse(text, "dictionary")
    if not all(isinstance(value, bytes) and not more for value, more in found.values()):
        raise MalformedCredential
    # Another base64 text of the same bytes is not what the sender wrote. No such text has a comma.
    members = [member.strip(BLANKS) for member in text.split(",")]
    if not found or ", ".join(members) != write(found):
        raise MalformedCredential
    return {label: value for label, (value, _) in found.items()}


def _base(
    message: Message, components: list[Component], parameters: str, *, respaced: bool = False
) -> bytes:
    """The text that is signed (section 2.5). Raises Unauthorized."""
    lines = [f"{each.written}: {message.value(each, respaced=respaced)}\n" for each in components]
    return f'{"".join(lines)}"@signature-params": {parameters}'.encode("ascii")

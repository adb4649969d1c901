"""Why a request was refused: what was compared, step by step, and the likely cause.

A cause that more than one thing could have is named where the request would have been accepted with just
that one thing otherwise, which is tried. (Only U+FFFD in the body is taken as a sign by itself, as nobody
can tell what stood in its place.) It is slow, shows no secret, and belongs into a terminal or a test,
never on the request path or in a reply.

The causes:

========================  ==================================================================
``accepted``              there is nothing to explain
``unknown-tenant``        the callable given as secret knows none for this request
``secret-unavailable``    that callable raised, or gave what is no secret
``address-refused``       the client is not in ``allow_from`` (of a Receiver only)
``clock``                 signed too long ago, or in the future
``another-provider``      the signature's header is not there, another provider's is
``missing-header``        a header (or query parameter) of the declaration is not there
``malformed-credential``  it is there, and not of the declared form
``bad-timestamp``         the signed time is not of the declared form
``body-taken``            something read the body before the receiver
``secret-blanks``         white space or a newline around the secret
``whsec-prefix``          ``whsec_`` left out, or decoded where it must not be
``hex-or-base64``         hex taken for base64, or the reverse
``re-encoded``            the body was decoded and encoded again
``re-serialised``         the body was parsed and written again
``another-url``           another URL was signed than the one seen here
``another-secret``        it is right for another configured secret
``wrong-secret``          none of these
========================  ==================================================================
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from hookkit.errors import (
    AddressRefused,
    BadTimestamp,
    ConfigError,
    FutureTimestamp,
    MalformedCredential,
    MissingCredential,
    SecretUnavailable,
    StaleTimestamp,
    Unauthorized,
    UnknownTenant,
)
from hookkit.limits import Limits
from hookkit.logs import printable
from hookkit.messages import Request, announces_missing_body
from hookkit.places import First, Header, Numbered, Place, Query
from hookkit.provider import Provider
from hookkit.schemes.base import AnyScheme, Step, Verdict

__all__ = ["Case", "Explanation", "address_refused", "explain", "unavailable"]

LONG = 1024 * 1024
"""Bytes. A longer body is not written again to find another writing: that would take seconds."""

LONG_INDENTED = 128 * 1024
"""Bytes. The same for indented JSON, which the standard library writes some thirty times slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a verdict depends on, so that one thing of it can be changed and the rest kept.

    Attributes:
        seen_url: the URL as the server saw it, where `request` has the public one.
    """

    provider: Provider
    scheme: AnyScheme
    secrets: tuple[bytes, ...]
    request: Request
    now: float
    limits: Limits
    seen_url: str = ""

    def __repr__(self) -> str:
        return f"<Case {self.provider.name}, {self.request!r}>"

    def verdict(self) -> Verdict | Unauthorized:
        try:
            keys = tuple(map(self.scheme.prepare, self.secrets))
            return self.scheme.verify(self.request, keys, self.now, self.limits)
        except Unauthorized as refusal:
            return refusal

    def signature_fits(self) -> bool:
        """Whether it is authentic, whatever its age."""
        try:
            return isinstance(self.verdict(), Verdict | StaleTimestamp | FutureTimestamp)
        except ConfigError:
            return False  # the secret cannot be read in this variant's form


@dataclass(frozen=True, slots=True)
class Explanation:
    """What came of it.

    Attributes:
        accepted: whether the request verifies.
        cause: a stable code, such as ``wrong-secret``; see `hookkit.explain` for all of them.
        headline: the cause in a sentence, and what to do.
        steps: what was looked at.
    """

    accepted: bool
    cause: str
    headline: str
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.headline, *(f"  {step.name}: {step.found}" for step in self.steps)])


def explain(case: Case, others: Sequence[Case], known: Mapping[str, str]) -> Explanation:
    """The explanation of one case; see `hookkit.verifier.Verifier.explain` for the arguments."""
    steps = tuple(_steps(case))
    verdict = case.verdict() if case.secrets else UnknownTenant()
    if isinstance(verdict, Verdict):
        return Explanation(
            accepted=True, cause="accepted", headline=_accepted(case, verdict), steps=steps
        )
    refused = Refused(case, verdict, others, known)
    cause, headline = next(found for look in _CAUSES if (found := look(refused)))
    return Explanation(accepted=False, cause=cause, headline=headline, steps=steps)


def unavailable(error: SecretUnavailable) -> Explanation:
    """The explanation where the secret itself could not be had."""
    return Explanation(accepted=False, cause=error.reason, headline=f"secret unavailable: {error}")


def address_refused(client: str | None) -> Explanation:
    """The explanation where a Receiver refuses before anything is verified."""
    return Explanation(
        accepted=False,
        cause=AddressRefused.reason,
        headline=f"address refused: {AddressRefused()}",
        steps=(Step("client", printable(client or "none", 60)),),
    )


def _steps(case: Case) -> Iterator[Step]:
    keys = tuple(map(case.scheme.prepare, case.secrets))
    request = case.request
    media = printable(request.headers.get("Content-Type") or "none", 60)
    size = f"{len(request.body)} bytes"
    yield Step("request", f"{printable(request.method, 20)}, {size}, media type {media}")
    yield Step("provider", f"{case.provider.name}, scheme {case.scheme.family}")
    yield from case.scheme.steps(request, keys, case.limits)
    if case.scheme.signs_url:
        # Without the query, which may hold a credential.
        yield Step("signed URL", printable(request.url.partition("?")[0]))
    for gap in case.provider.gaps:
        yield Step("not covered", gap)


def _accepted(case: Case, verdict: Verdict) -> str:
    which = f"secret {verdict.key + 1} of {len(case.secrets)}"
    aged = "" if verdict.age is None else f", signed {verdict.age:.0f} s ago"
    return f"accepted: it verifies with {which}{aged}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused case, and what else is known about who might have sent it."""

    case: Case
    refusal: Unauthorized
    others: Sequence[Case]
    known: Mapping[str, str]


Found = tuple[str, str] | None
"""Code and sentence of a cause. A sentence begins with the cause's name, and names no other."""


def _unknown_tenant(refused: Refused) -> Found:
    if not isinstance(refused.refusal, UnknownTenant):
        return None
    return (
        "unknown-tenant",
        "unknown tenant: the callable given as secret knows none for this request",
    )


def _clock(refused: Refused) -> Found:
    if not isinstance(refused.refusal, StaleTimestamp | FutureTimestamp):
        return None
    case = refused.case
    timeless = replace(case, scheme=_changed(case.scheme, "tolerance", None)).verdict()
    age = timeless.age if isinstance(timeless, Verdict) and timeless.age is not None else 0.0
    off = f"clock off by {abs(age):.0f} s"
    if age > 0:
        return (
            "clock",
            f"{off}: it was signed that long ago, so ours is ahead (check NTP), "
            "or this is an old delivery sent again",
        )
    return "clock", f"{off}: it was signed that far in the future, so ours is behind; check NTP"


def _another_provider(refused: Refused) -> Found:
    case, wanted = refused.case, refused.case.scheme.header
    if not isinstance(refused.refusal, MissingCredential) or not wanted:
        return None
    headers = case.request.headers
    if headers.get(wanted):
        return None
    for name, sender in refused.known.items():
        if name in headers:
            return (
                "another-provider",
                f"header of another provider: it has {name}, as {sender} sends it, "
                f"and {case.provider.name} would send {wanted}",
            )
    for name in sorted(headers):
        if _CREDENTIAL(name):
            return (
                "another-provider",
                f"header of another provider: it has {printable(name, 60)}, "
                f"and {case.provider.name} would send {wanted}",
            )
    return None


_CREDENTIAL = re.compile(r"signature|hmac|(?<!csrf)(?<!xsrf)-token$", re.IGNORECASE).search


def _missing(refused: Refused) -> Found:
    if not isinstance(refused.refusal, MissingCredential):
        return None
    case = refused.case
    # An empty text counts as none: a proxy may blank a header instead of dropping it.
    missing = (place for place in _places(case.scheme) if not place.find(case.request, None))
    return (
        "missing-header",
        f"{_named(next(missing, None))}; is the endpoint set up with a secret at the provider, "
        "and does a proxy let it through?",
    )


def _named(place: Place | None) -> str:
    place = place.places[0] if isinstance(place, First) else place
    if isinstance(place, Query):
        return f"query parameter missing: the URL does not have {place.name!r}, or has it twice"
    return f"header missing: the request has no {getattr(place, 'name', 'credential')}"


def _places(scheme: AnyScheme) -> Iterator[Place]:
    """Where the scheme looks in a request, beside the body."""
    for each in fields(scheme):
        place = getattr(scheme, each.name)
        if isinstance(place, First | Header | Numbered | Query):
            yield place
    if scheme.header:
        yield Header(scheme.header)  # Basic and Bearer have no field for it
    for kind, name in re.findall(r"\{(header|query):([^}]+)\}", str(getattr(scheme, "signs", ""))):
        yield Header(name) if kind == "header" else Query(name)


def _malformed(refused: Refused) -> Found:
    if not isinstance(refused.refusal, MalformedCredential):
        return None
    layout = getattr(refused.case.scheme, "layout", None)
    wanted = f"; it would read {layout!r}" if layout else ""
    return (
        "malformed-credential",
        f"credential not of the form that {refused.case.provider.name} declares{wanted}",
    )


def _bad_time(refused: Refused) -> Found:
    if not isinstance(refused.refusal, BadTimestamp):
        return None
    unit = getattr(refused.case.scheme, "unit", "s")
    return (
        "bad-timestamp",
        f"signed time unreadable: there is none, or it is not as the declaration has it ({unit})",
    )


def _body_taken(refused: Refused) -> Found:
    case = refused.case
    if not case.scheme.covers("body") or not announces_missing_body(case.request):
        return None
    return (
        "body-taken",
        "body read by something else before the receiver: it was announced and is not there; "
        "put the receiver before that middleware, or hand over the bytes that it kept",
    )


def _one_thing_otherwise(refused: Refused) -> Found:
    for code, sentence, variants in _HYPOTHESES:
        if any(variant.signature_fits() for variant in variants(refused.case)):
            return code, sentence
    return None


def _another_secret(refused: Refused) -> Found:
    for other in refused.others:
        if other.signature_fits():
            return (
                "another-secret",
                f"right for another configured secret (of {other.provider.name}): this delivery "
                "belongs to that endpoint, or the two are exchanged",
            )
    return None


def _replaced_characters(refused: Refused) -> Found:
    if not refused.case.scheme.covers("body"):
        return None
    if "\ufffd".encode() not in refused.case.request.body:
        return None
    return (
        "re-encoded",
        "body decoded and encoded again: it holds U+FFFD, the mark of errors='replace'; "
        "verify the raw bytes, before anything decodes them",
    )


def _wrong_secret(refused: Refused) -> Found:
    changed = refused.case.scheme.covers("body")
    return (
        "wrong-secret",
        "wrong secret: it is not the one that the sender used; compare it with the provider's page"
        + (" (or the request was changed on its way)" if changed else ""),
    )


_CAUSES: tuple[Callable[[Refused], Found], ...] = (
    _unknown_tenant,
    _clock,
    _another_provider,
    _missing,
    _malformed,
    _bad_time,
    _body_taken,
    _one_thing_otherwise,
    _another_secret,
    _replaced_characters,
    _wrong_secret,
)
"""From the certain to the likely; the last one always finds."""


# Variants: the same case with one thing otherwise.


def _other_blanks(case: Case) -> Iterator[Case]:
    for secret in case.secrets:
        blanked = (secret + b"\n", secret + b"\r\n", secret + b" ", b" " + secret)
        for variant in (secret.strip(), *blanked):
            if variant != secret:
                yield replace(case, secrets=(variant,))


def _other_whsec(case: Case) -> Iterator[Case]:
    prefix = b"whsec_"
    declared = getattr(case.scheme, "key", None)
    if declared is None:
        return
    for secret in case.secrets:
        if declared == "whsec":
            yield _with_key(case, "text", secret)
            yield _with_key(case, "text", prefix + secret.removeprefix(prefix))
        elif secret.startswith(prefix):
            yield _with_key(case, "whsec", secret)
            yield _with_key(case, declared, secret.removeprefix(prefix))
        else:
            yield _with_key(case, declared, prefix + secret)


def _with_key(case: Case, form: object, secret: bytes) -> Case:
    return replace(case, scheme=_changed(case.scheme, "key", form), secrets=(secret,))


def _other_forms(case: Case) -> Iterator[Case]:
    for name, forms in (
        ("key", ("text", "hex", "base64")),
        ("encoding", ("hex", "base64", "base64url")),
    ):
        declared = getattr(case.scheme, name, None)
        for form in forms:
            if declared is not None and form != declared:
                yield replace(case, scheme=_changed(case.scheme, name, form))


def _changed(scheme: AnyScheme, field: str, value: object) -> AnyScheme:
    return replace(scheme, **{field: value})


def _other_encodings(case: Case) -> Iterator[Case]:
    body = case.request.body
    yield from _with_bodies(
        case,
        (
            *_decoded_again(body),
            b"\xef\xbb\xbf" + body,
            body.removeprefix(b"\xef\xbb\xbf"),
            body.replace(b"\r\n", b"\n"),
            body.replace(b"\n", b"\r\n"),
            body.strip(),
            body + b"\n",
            body + b"\r\n",
        ),
    )


def _decoded_again(body: bytes) -> Iterator[bytes]:
    """The bytes before they were decoded as one encoding and written in another."""
    for written in ("utf-8", "latin-1", "cp1252", "utf-16"):
        for sent in ("utf-8", "latin-1", "cp1252"):
            try:
                yield body.decode(written).encode(sent)
            except UnicodeError:
                continue


def _with_bodies(case: Case, bodies: Iterable[bytes]) -> Iterator[Case]:
    for body in bodies:
        if body != case.request.body and case.scheme.covers("body"):
            yield replace(case, request=case.request.replace(body=body))


def _other_serialisations(case: Case) -> Iterator[Case]:
    yield from _with_bodies(case, _serialised_again(case.request.body))


def _serialised_again(body: bytes) -> Iterator[bytes]:
    """The texts that common libraries write for the same value."""
    if len(body) > LONG:
        return
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        yield from _form_again(body)
        return
    for text in _json_again(value, 0 if len(body) > LONG_INDENTED else 4 * LONG_INDENTED):
        # PHP escapes slashes; Go and Rails escape what HTML would read.
        slashes = text.replace("/", r"\/")
        html = text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")
        for variant in dict.fromkeys((text, slashes, html)):
            written = variant.encode("utf-8", "replace")
            yield from (written, written + b"\n")


def _json_again(value: object, indented: int) -> Iterator[str]:
    """JSON in the usual styles; with indents only up to that many characters."""
    for ascii_only, sort in product((True, False), (False, True)):
        style: dict[str, Any] = {"ensure_ascii": ascii_only, "sort_keys": sort}
        try:
            yield json.dumps(value, separators=(",", ":"), **style)
            yield json.dumps(value, **style)
            for indent in (2, 4):
                yield _bounded(json.JSONEncoder(indent=indent, **style).iterencode(value), indented)
        except RecursionError:
            continue


def _bounded(chunks: Iterable[str], most: int) -> str:
    """The chunks joined, or nothing where they are longer: indents multiply what is nested deep."""
    text: list[str] = []
    for chunk in chunks:
        most -= len(chunk)
        if most < 0:
            return ""
        text.append(chunk)
    return "".join(text)


def _form_again(body: bytes) -> Iterator[bytes]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return
    for quoting in (quote_plus, quote):
        yield urlencode(pairs, quote_via=quoting).encode()


def _other_urls(case: Case) -> Iterator[Case]:
    if not case.scheme.signs_url:
        return
    for url in dict.fromkeys([case.seen_url, *_urls_nearby(case.request)]):
        if url != case.request.url:
            yield replace(case, request=case.request.replace(url=url))


def _urls_nearby(request: Request) -> Iterator[str]:
    """The same place as proxies, ports and slashes may have made it look to the sender."""
    seen = re.split("[/?]", request.url.partition("://")[2], maxsplit=1)[0]
    told = (request.headers.get(name) for name in ("X-Forwarded-Host", "X-Original-Host", "Host"))
    names = dict.fromkeys(re.sub(r":\d+$", "", host) for host in (seen, *told) if host)
    hosts = dict.fromkeys([seen, *(name + port for name in names for port in ("", ":443", ":80"))])
    before = request.headers.get("X-Forwarded-Prefix") or ""
    path = request.path
    paths = dict.fromkeys([path, path.rstrip("/"), path.rstrip("/") + "/", before + path])
    queries = dict.fromkeys([f"?{request.query}" if request.query else "", ""])
    for scheme, host, at, query in product(("https", "http"), hosts, paths, queries):
        yield f"{scheme}://{host}{at}{query}"


Variants = Callable[[Case], Iterator[Case]]

_HYPOTHESES: tuple[tuple[str, str, Variants], ...] = (
    (
        "secret-blanks",
        "white space or newline around the secret: it fits without, or with it as the sender has it; "
        "set it again on both sides",
        _other_blanks,
    ),
    (
        "whsec-prefix",
        "whsec_ left out, or decoded where it must not be: copy the secret whole, with that prefix, "
        "and use the provider's own declaration",
        _other_whsec,
    ),
    (
        "hex-or-base64",
        "hex taken for base64, or the reverse (or either for plain text): correct key= or encoding= in "
        "the declaration",
        _other_forms,
    ),
    (
        "re-encoded",
        "body decoded and encoded again, or its line ends or BOM changed: the signature fits the bytes "
        "before that; verify the raw bytes",
        _other_encodings,
    ),
    (
        "re-serialised",
        "body re-serialised before verification: the signature fits another writing of the same value; "
        "verify the raw bytes",
        _other_serialisations,
    ),
    (
        "another-url",
        "another URL was signed than the one seen here: pass public_url=, as it is written at the "
        "provider, or trust the proxy with werkzeug's ProxyFix",
        _other_urls,
    ),
)

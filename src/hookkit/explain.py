"""Why a request was refused: what was compared, step by step, and the likely cause.

A guess is never printed: a cause is named where the request would have been accepted with just that
one thing otherwise, which is tried. It is slow, shows no secret, and belongs into a terminal or a test,
never on the request path or in a reply.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from hookkit.errors import (
    ConfigError,
    FutureTimestamp,
    MissingCredential,
    StaleTimestamp,
    Unauthorized,
    UnknownTenant,
)
from hookkit.limits import Limits
from hookkit.logs import printable
from hookkit.messages import Request, announces_missing_body
from hookkit.provider import Provider
from hookkit.schemes.base import AnyScheme, Step, Verdict

__all__ = ["Case", "Explanation", "explain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a verdict depends on, so that one thing of it can be changed and the rest kept."""

    provider: Provider
    scheme: AnyScheme
    secrets: tuple[bytes, ...]
    request: Request
    now: float
    limits: Limits

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
    steps = _steps(case)
    verdict = case.verdict() if case.secrets else UnknownTenant()
    if isinstance(verdict, Verdict):
        return Explanation(
            accepted=True, cause="accepted", headline=_accepted(case, verdict), steps=steps
        )
    refused = Refused(case, verdict, others, known)
    cause, headline = next(found for look in _CAUSES if (found := look(refused)))
    return Explanation(accepted=False, cause=cause, headline=headline, steps=steps)


def _steps(case: Case) -> tuple[Step, ...]:
    keys = tuple(map(case.scheme.prepare, case.secrets))
    request = case.request
    media = printable(request.headers.get("Content-Type") or "none", 60)
    return (
        Step(
            "request",
            f"{printable(request.method, 20)}, {len(request.body)} bytes, media type {media}",
        ),
        Step("provider", f"{case.provider.name}, scheme {case.scheme.family}"),
        *case.scheme.steps(request, keys, case.limits),
        *(Step("not covered", gap) for gap in case.provider.gaps),
    )


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
"""Code and sentence of a cause."""


def _unknown_tenant(refused: Refused) -> Found:
    if not isinstance(refused.refusal, UnknownTenant):
        return None
    return "unknown-tenant", "the callable given as secret knows no secret for this request"


def _clock(refused: Refused) -> Found:
    if not isinstance(refused.refusal, StaleTimestamp | FutureTimestamp):
        return None
    case = refused.case
    timeless = replace(case, scheme=_changed(case.scheme, "tolerance", None)).verdict()
    age = timeless.age if isinstance(timeless, Verdict) and timeless.age is not None else 0.0
    if age > 0:
        return (
            "clock",
            f"signed {age:.0f} s ago, which is too long: our clock is {age:.0f} s ahead, "
            "or this is an old delivery sent again",
        )
    return (
        "clock",
        f"signed {-age:.0f} s in the future: our clock is {-age:.0f} s behind; check NTP on both sides",
    )


def _body_taken(refused: Refused) -> Found:
    if not announces_missing_body(refused.case.request):
        return None
    return (
        "body-taken",
        "the body was announced but is not there: something read it before the receiver; "
        "put the receiver before that middleware, or hand over the bytes that it kept",
    )


def _another_provider(refused: Refused) -> Found:
    case, wanted = refused.case, refused.case.scheme.header
    if not isinstance(refused.refusal, MissingCredential) or not wanted:
        return None
    for name, sender in refused.known.items():
        if name.lower() != wanted.lower() and name in case.request.headers:
            return (
                "another-provider",
                f"it has {name}, the signature header of {sender}: this is a delivery of another "
                f"provider than {case.provider.name}, which sends {wanted}",
            )
    for name in sorted(case.request.headers):
        if "signature" in name.lower() or "hmac" in name.lower():
            return (
                "another-provider",
                f"it has {printable(name, 60)} and not {wanted}: a signature header of another provider",
            )
    return None


def _missing(refused: Refused) -> Found:
    if not isinstance(refused.refusal, MissingCredential):
        return None
    wanted = refused.case.scheme.header
    what = f"the header {wanted} is missing" if wanted else "the credential is missing"
    return (
        "missing-header",
        f"{what}: is the secret set at the provider, and does a proxy drop the header?",
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
                f"it is right for another configured secret (of {other.provider.name}): this delivery "
                "belongs to that endpoint, or the two secrets are exchanged",
            )
    return None


def _replaced_characters(refused: Refused) -> Found:
    if "\ufffd".encode() not in refused.case.request.body:
        return None
    return (
        "re-encoded",
        "the body was decoded and encoded again: it holds U+FFFD, the mark of bytes decoded with "
        "errors='replace'; verify the raw bytes, before anything decodes them",
    )


def _wrong_secret(_refused: Refused) -> Found:
    return (
        "wrong-secret",
        "the signature does not match: the secret here is not the one that the sender used, "
        "or the request was changed on its way",
    )


_CAUSES: tuple[Callable[[Refused], Found], ...] = (
    _unknown_tenant,
    _clock,
    _body_taken,
    _another_provider,
    _missing,
    _one_thing_otherwise,
    _another_secret,
    _replaced_characters,
    _wrong_secret,
)
"""From the certain to the likely; the last one always finds."""


# Variants: the same case with one thing otherwise.


def _other_blanks(case: Case) -> Iterator[Case]:
    for secret in case.secrets:
        for variant in (
            secret.strip(),
            secret + b"\n",
            secret + b"\r\n",
            secret + b" ",
            b" " + secret,
        ):
            if variant and variant != secret:
                yield replace(case, secrets=(variant,))


def _other_whsec(case: Case) -> Iterator[Case]:
    prefix = b"whsec_"
    declared = getattr(case.scheme, "key", None)
    if declared is None:
        return
    for secret in case.secrets:
        if declared == "whsec":
            yield from _with_key(case, "text", secret)
            yield from _with_key(case, "text", prefix + secret.removeprefix(prefix))
            continue
        if secret.startswith(prefix):
            yield from _with_key(case, "whsec", secret)
            yield from _with_key(case, declared, secret.removeprefix(prefix))
        else:
            yield from _with_key(case, declared, prefix + secret)


def _with_key(case: Case, form: str, secret: bytes) -> Iterator[Case]:
    yield replace(case, scheme=_changed(case.scheme, "key", form), secrets=(secret,))


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


def _other_serialisations(case: Case) -> Iterator[Case]:
    for text in _serialised_again(case.request.body):
        if text != case.request.body:
            yield _with_body(case, text)


def _serialised_again(body: bytes) -> Iterator[bytes]:
    """The texts that common libraries write for the same value."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        yield from _form_again(body)
        return
    for ascii_only in (True, False):
        for separators, indent in (((",", ":"), None), (None, None), (None, 2), (None, 4)):
            for order in (False, True):
                text = json.dumps(
                    value,
                    ensure_ascii=ascii_only,
                    separators=separators,
                    indent=indent,
                    sort_keys=order,
                )
                yield from (
                    text.encode("utf-8", "replace"),
                    text.encode("utf-8", "replace") + b"\n",
                )


def _form_again(body: bytes) -> Iterator[bytes]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True)
    except ValueError:
        return
    yield urlencode(pairs).encode("utf-8", "replace")
    yield urlencode(pairs, quote_via=quote).encode("utf-8", "replace")


def _other_encodings(case: Case) -> Iterator[Case]:
    body = case.request.body
    variants = [
        *_undone(body, "latin-1"),
        *_undone(body, "cp1252"),
        b"\xef\xbb\xbf" + body,
        body.removeprefix(b"\xef\xbb\xbf"),
        body.replace(b"\r\n", b"\n"),
        body.replace(b"\n", b"\r\n"),
        body.strip(),
        body + b"\n",
        body + b"\r\n",
    ]
    for variant in variants:
        if variant != body:
            yield _with_body(case, variant)


def _undone(body: bytes, wrong: str) -> Iterator[bytes]:
    """The bytes before they were decoded as `wrong` and encoded as UTF-8."""
    try:
        yield body.decode().encode(wrong)
    except UnicodeError:
        return


def _with_body(case: Case, body: bytes) -> Case:
    return replace(case, request=case.request.replace(body=body))


def _other_urls(case: Case) -> Iterator[Case]:
    if not case.scheme.signs_url:
        return
    for url in _urls_nearby(case.request):
        if url != case.request.url:
            yield replace(case, request=case.request.replace(url=url))


def _urls_nearby(request: Request) -> Iterator[str]:
    """The same place as proxies, ports and slashes may have made it look to the sender."""
    parts = urlsplit(request.url)
    told = [request.headers.get(name) for name in ("X-Forwarded-Host", "X-Original-Host", "Host")]
    bare = (
        parts.netloc.rpartition(":")[0]
        if parts.netloc.rpartition(":")[2].isdigit()
        else parts.netloc
    )
    hosts = dict.fromkeys(
        host
        for known in [parts.netloc, bare, *told]
        if known
        for host in (known, f"{known}:443", f"{known}:80")
    )
    paths = dict.fromkeys([parts.path, parts.path.rstrip("/"), parts.path.rstrip("/") + "/"])
    for scheme in ("https", "http"):
        for host in hosts:
            for path in paths:
                for query in dict.fromkeys([parts.query, ""]):
                    yield f"{scheme}://{host}{path}" + (f"?{query}" if query else "")


Variants = Callable[[Case], Iterator[Case]]

_HYPOTHESES: tuple[tuple[str, str, Variants], ...] = (
    (
        "secret-blanks",
        "white space or a newline around the secret: it fits without it, or with it as the sender has it; "
        "set the secret again on both sides",
        _other_blanks,
    ),
    (
        "whsec-prefix",
        "the prefix whsec_ of the secret: it is left out here, or the secret is decoded where the sender "
        "takes it as text (or the reverse); copy the secret whole and use that provider's own declaration",
        _other_whsec,
    ),
    (
        "hex-or-base64",
        "hex taken for base64, or the reverse: it fits with the secret or the signature read in the other "
        "form; correct key= or encoding= in the declaration",
        _other_forms,
    ),
    (
        "re-serialised",
        "the body was parsed and written again before verification: the signature fits another "
        "writing of the same value; verify the raw bytes",
        _other_serialisations,
    ),
    (
        "re-encoded",
        "the body was decoded and encoded again, or a newline or BOM was changed: the signature fits "
        "the bytes before that; verify the raw bytes",
        _other_encodings,
    ),
    (
        "another-url",
        "another URL was signed than the one seen here: pass public_url=, the URL as it is "
        "written at the provider, or trust the proxy with werkzeug's ProxyFix",
        _other_urls,
    ),
)

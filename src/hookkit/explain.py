"""Why a request was refused: what was compared, step by step, and the likely cause.

Where several causes are possible, each is tried: it is named where the request would have been accepted with
just that one thing changed. (Only U+FFFD in the body is taken as a sign by itself, as what stood in its place
cannot be known.) Explaining is slow, shows no secret, and belongs into a terminal or a test, never on the
request path or in a reply.

The causes:

========================  ==================================================================
``accepted``              there is nothing to explain
``unknown-tenant``        the callable given as secret knows none for this request
``secret-unavailable``    that callable raised, or gave what is no secret
``key-unavailable``       the provider's key could not be fetched
``address-refused``       the client is not in ``allow_from`` (of a Receiver only)
``clock``                 signed too long ago, or in the future
``another-provider``      the signature's header is not there, another provider's is
``missing-header``        a header (or query parameter) of the declaration is not there
``malformed-credential``  it is there, and not of the declared form, or cut off
``bad-timestamp``         the signed time is not of the declared form
``body-taken``            something read the body before the receiver
``no-body``               none came, and none was announced
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

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from hookkit.errors import (
    AddressRefused,
    BadTimestamp,
    FutureTimestamp,
    KeyUnavailable,
    MalformedCredential,
    MissingCredential,
    SecretUnavailable,
    StaleTimestamp,
    Unauthorized,
    UnknownTenant,
    WrongCredential,
)
from hookkit.logs import printable
from hookkit.messages import announces_missing_body, has_no_body
from hookkit.places import First, Header, Numbered, Place, Query
from hookkit.schemes.base import AnyScheme, Step, Verdict
from hookkit.schemes.signed import Signed
from hookkit.values import fields, replace, value
from hookkit.variants import HYPOTHESES, Case, changed

__all__ = ["Explanation", "address_refused", "explain", "unavailable"]

REMOTE = "remote"
"""Family of a scheme that asks the provider about each delivery."""


@value
class Explanation:
    """Why a request is accepted or refused.

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
    verdict = case.verdict() if case.secrets or case.fetched else UnknownTenant()
    if isinstance(verdict, Verdict):
        return Explanation(
            accepted=True, cause="accepted", headline=_accepted(case, verdict), steps=steps
        )
    refused = Refused(case, verdict, others, known)
    cause, headline = next(found for look in _CAUSES if (found := look(refused)))
    return Explanation(accepted=False, cause=cause, headline=headline, steps=steps)


def unavailable(error: SecretUnavailable | KeyUnavailable) -> Explanation:
    """The explanation where the secret itself, or the provider's key, could not be had."""
    headline = f"{error.reason.replace('-', ' ')}: {error}"
    return Explanation(accepted=False, cause=error.reason, headline=headline)


def address_refused(client: str | None) -> Explanation:
    """The explanation where a Receiver refuses before anything is verified."""
    return Explanation(
        accepted=False,
        cause=AddressRefused.reason,
        headline=f"address refused: {AddressRefused()}",
        steps=(Step("client", printable(client or "none", 60)),),
    )


def _steps(case: Case) -> Iterator[Step]:
    request = case.request
    media = printable(request.header("Content-Type") or "none", 60)
    size = f"{len(request.body)} bytes"
    yield Step("request", f"{printable(request.method, 20)}, {size}, media type {media}")
    yield Step("provider", f"{case.provider.name}, scheme {case.scheme.family}")
    yield from case.scheme.steps(request, case.keys(), case.limits)
    if case.scheme.signs_url:
        # Without the query, which may hold a credential.
        yield Step("signed URL", printable(request.url.partition("?")[0]))
    for gap in case.provider.gaps:
        yield Step("not covered", gap)


def _accepted(case: Case, verdict: Verdict) -> str:
    which = f"secret {verdict.key + 1} of {len(case.secrets)}"
    aged = "" if verdict.age is None else f", signed {verdict.age:.0f} s ago"
    return f"accepted: it verifies with {which}{aged}"


@value
class Refused:
    """A refused case, and what may tell where it came from: other cases, and known signature headers."""

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
    timeless = replace(case, scheme=changed(case.scheme, "tolerance", None)).verdict()
    if not isinstance(timeless, Verdict):
        return (
            "clock",
            "clock past the end that the sender signed: ours is ahead (check NTP), or this is an "
            "old delivery sent again",
        )
    age = timeless.age or 0.0
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


def _no_body(refused: Refused) -> Found:
    case = refused.case
    if not case.scheme.covers("body") or not has_no_body(case.request):
        return None
    return (
        "no-body",
        "no body came, and none was announced: look at what the client sends, and whether a proxy "
        "drops it",
    )


def _one_thing_otherwise(refused: Refused) -> Found:
    if refused.case.scheme.family == REMOTE:
        return None  # each try would ask the provider about what it has just refused
    for code, sentence, variants in HYPOTHESES:
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


def _cut_off(refused: Refused) -> Found:
    case, scheme = refused.case, refused.case.scheme
    if not isinstance(refused.refusal, WrongCredential) or not isinstance(scheme, Signed):
        return None
    shortfall = scheme.shortfall(case.request, case.keys(), case.limits)
    if shortfall is None:
        return None
    found, least = shortfall
    return (
        "malformed-credential",
        f"credential not of the form that {case.provider.name} declares: the signature is cut off or "
        f"malformed, as it has {found} characters, and none that is right has fewer than {least}",
    )


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


def _said_so(refused: Refused) -> Found:
    """What the scheme itself said, where it knew more than that the credential does not match."""
    refusal = refused.refusal
    if not isinstance(refusal, WrongCredential) or str(refusal) == refusal.summary:
        return None
    return "wrong-secret", str(refusal)


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
    _said_so,
    _another_provider,
    _missing,
    _malformed,
    _bad_time,
    _body_taken,
    _one_thing_otherwise,
    _another_secret,
    _no_body,
    _cut_off,
    _replaced_characters,
    _wrong_secret,
)
"""From the certain to the likely. The last one always finds a cause."""

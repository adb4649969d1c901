"""What is signed verifies, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hookkit import (
    HMAC,
    Basic,
    Bearer,
    Header,
    Parser,
    Provider,
    Query,
    Request,
    Token,
    Verifier,
)
from hookkit.errors import RequestError
from hookkit.limits import Limits
from hookkit.schemes.base import AnyScheme
from hookkit.schemes.signed import Signed
from tests.properties.signing import (
    BY_ANY,
    SENDERS,
    TIMES,
    Delivery,
    deliveries,
    flipped,
    reads_first,
    verdict_of,
)

FEW = settings(max_examples=max(2, settings.default.max_examples // 25))
"""For what is tried with each provider by itself: there are many."""

every_sender = pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS.keys())


def accepts(delivery: Delivery, request: Request) -> bool:
    return verdict_of(delivery.provider, delivery.secret, delivery.now, request) is not None


def has_exact_credential(delivery: Delivery) -> bool:
    """Whether there is one spelling: Authorization has a word whose case is free, and base64."""
    scheme = delivery.provider.scheme
    return bool(delivery.added) and not (isinstance(scheme, Basic | Bearer) or has_word(scheme))


def has_word(scheme: AnyScheme) -> bool:
    return bool(getattr(scheme, "word", ""))


def with_flipped_header(data: st.DataObject, delivery: Delivery) -> Request:
    """One bit changed in the signature, the time or the id."""
    name = data.draw(st.sampled_from(delivery.added))
    value = (delivery.signed.headers.get(name) or "").encode("latin-1")
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    return delivery.signed.with_header(name, flipped(value, bit).decode("latin-1"))


def with_changed_body(data: st.DataObject, delivery: Delivery) -> Request:
    """One bit changed, or something added."""
    body = delivery.signed.body
    bits = st.integers(0, 8 * len(body) - 1).map(lambda bit: flipped(body, bit))
    longer = st.binary(min_size=1, max_size=3).map(lambda more: body + more)
    return delivery.signed.replace(body=data.draw(longer | bits if body else longer))


def names_another_key(delivery: Delivery, request: Request) -> bool:
    """Whether it differs in what `secret` may map to keys; here there is one."""
    place = delivery.provider.key_id
    return place is not None and place.find(request, None) != place.find(delivery.signed, None)


def says_the_same(delivery: Delivery, changed: Request) -> bool:
    """Whether another body means the same to a handler; where a token is in it, that alone is read."""
    parser = Parser(delivery.provider)
    try:
        return parser.payload(changed) == parser.payload(delivery.signed)
    except RequestError:
        return False


@every_sender
@FEW
@given(data=st.data())
def test_every_provider(sender: st.SearchStrategy[Provider], data: st.DataObject) -> None:
    """What it signs verifies; with another secret, header or body it does not.

    But for a header that names another of several keys, and a body that says the same to a scheme that
    signs what it says.
    """
    delivery = data.draw(sender.flatmap(deliveries))
    assert accepts(delivery, delivery.signed)
    for other in delivery.others:
        assert verdict_of(delivery.provider, other, delivery.now, delivery.signed) is None
    if has_exact_credential(delivery):
        flipped_header = with_flipped_header(data, delivery)
        assert (
            not accepts(delivery, flipped_header)
            or names_another_key(delivery, flipped_header)
            or reads_the_same(delivery, flipped_header)
        )
    changed = with_changed_body(data, delivery)
    if accepts(delivery, changed):
        assert not signs_all(delivery.provider) or says_the_same(delivery, changed)
    else:
        assert depends_on_body(delivery.provider) or delivery.provider.scheme.covers("body")


def depends_on_body(provider: Provider) -> bool:
    """Whether its scheme makes something else of the body than its bytes."""
    return reads_first(provider) or not isinstance(getattr(provider.scheme, "signs", ""), str)


def signs_all(provider: Provider) -> bool:
    """Whether the body is signed, or all that it says."""
    return provider.scheme.covers("body") or provider.scheme.covers("fields")


def reads_the_same(delivery: Delivery, request: Request) -> bool:
    """Whether what was changed stands beside the signature in its header, which is as it was."""
    scheme, limits = delivery.provider.scheme, Limits()
    if not isinstance(scheme, Signed):
        return False
    read = []
    for each in (request, delivery.signed):
        payload = scheme._read(each, limits)
        found = scheme._signatures(each, limits, payload)
        read.append([(found[at], scheme._text(each, at, limits, payload)) for at in found])
    return read[0] == read[1]


@given(delivery=BY_ANY)
def test_what_is_signed_verifies(delivery: Delivery) -> None:
    """`verify` accepts what `sign` signs, and finds the secret and the signed time."""
    verdict = verdict_of(delivery.provider, delivery.secret, delivery.now, delivery.signed)
    assert verdict is not None
    assert verdict.key == 0
    timed = delivery.provider.scheme.covers("timestamp")
    assert verdict.timestamp == (delivery.now if timed else None)


declared = SENDERS["declared"].flatmap(deliveries)


@given(delivery=declared)
def test_another_secret_is_refused(delivery: Delivery) -> None:
    """One bit of the key changed, and nothing fits."""
    for other in delivery.others:
        assert verdict_of(delivery.provider, other, delivery.now, delivery.signed) is None


@given(delivery=declared, data=st.data())
def test_another_body_is_refused(delivery: Delivery, data: st.DataObject) -> None:
    """One bit of the body changed, or a byte more: refused."""
    assert not accepts(delivery, with_changed_body(data, delivery))


@given(delivery=declared, data=st.data())
def test_another_header_is_refused(delivery: Delivery, data: st.DataObject) -> None:
    """One bit of the signature, the time or the id changed: refused."""
    assert not accepts(delivery, with_flipped_header(data, delivery))


@given(delivery=BY_ANY)
def test_missing_header_is_refused(delivery: Delivery) -> None:
    """Each header that signing added is needed."""
    for name in delivery.added:
        kept = [pair for pair in delivery.signed.headers.items() if pair[0] != name]
        assert not accepts(delivery, delivery.signed.replace(headers=kept))
        assert not accepts(delivery, delivery.signed.with_header(name, ""))


@given(delivery=BY_ANY)
def test_repeated_header_is_refused(delivery: Delivery) -> None:
    """Two values where there must be one are joined by a comma, and then are neither of the two."""
    scheme = delivery.provider.scheme
    for name in delivery.added:
        if scheme.header and name == scheme.header.lower() and not isinstance(scheme, Token):
            continue  # a list of signatures, in many layouts
        twice = [*delivery.signed.headers.items(), (name, delivery.signed.headers.get(name) or "")]
        assert not accepts(delivery, delivery.signed.replace(headers=twice))


WITHOUT_SECRET = st.text("0123456789abcdefABCDEF=+/,.:;&{}tv_- \x00\xe9\xff", max_size=150)
SHAPED = st.builds(
    str.format,
    st.sampled_from(["sha256={}", "v0={}", "v1,{}", "t=1,v1={}", "Bearer {}", "Basic {}", "{}"]),
    st.binary(min_size=32, max_size=32).map(bytes.hex) | st.text("Aa1+/=", max_size=50),
)


@given(delivery=BY_ANY, data=st.data())
def test_no_text_without_the_secret_verifies(delivery: Delivery, data: st.DataObject) -> None:
    """Whatever stands in the headers, of the right shape or not: refused, and nothing is raised."""
    assume(delivery.added)
    # A short token might be guessed.
    assume(delivery.provider.scheme.covers("body") or len(delivery.secret) > 8)
    request = delivery.signed
    for name in delivery.added:
        request = request.with_header(name, data.draw(WITHOUT_SECRET | SHAPED))
    assert not accepts(delivery, request)


OTHER_NAMES = st.sampled_from(
    ["Host", "X-Forwarded-For", "Accept", "Cookie", "X-Other", "X-Signatur", "Sig", "Via"]
)
OTHER_HEADERS = st.lists(st.tuples(OTHER_NAMES, st.text("ab,= \xe9", max_size=10)), max_size=6)


@given(delivery=BY_ANY, others=OTHER_HEADERS, is_tampered=st.booleans(), data=st.data())
def test_other_headers_change_nothing(
    delivery: Delivery, others: list[tuple[str, str]], is_tampered: bool, data: st.DataObject
) -> None:
    """Headers that the declaration does not name may come, and all in any order."""
    request = delivery.signed
    if is_tampered:
        request = request.replace(body=request.body + b"x")
    shuffled = data.draw(st.permutations([*request.headers.items(), *others]))
    assert accepts(delivery, request.replace(headers=shuffled)) == accepts(delivery, request)


@given(delivery=BY_ANY, is_known=st.booleans(), data=st.data())
def test_rotation(delivery: Delivery, is_known: bool, data: st.DataObject) -> None:
    """Several secrets accept what any of them does, in any order, and the verdict tells which."""
    provider, now, request = delivery.provider, delivery.now, delivery.signed
    # Where each secret has a header of its own, its place tells which.
    assume(not getattr(provider.scheme, "by_position", False))
    secrets = data.draw(st.permutations([*delivery.others, *[delivery.secret] * is_known]))
    assume(secrets)
    apart = [verdict_of(provider, secret, now, request) is not None for secret in secrets]
    assert apart == [secret == delivery.secret for secret in secrets]
    together = verdict_of(provider, list(secrets), now, request)
    assert (together is not None) == any(apart)
    assert together is None or apart[together.key]


# Time.

WINDOWS = st.one_of(st.integers(0, 1000), st.tuples(st.integers(0, 1000), st.integers(0, 1000)))


@given(
    signed_at=TIMES,
    offset=st.integers(-1200, 1200) | st.integers(-4_000_000_000, 4_000_000_000),
    window=WINDOWS,
    unit=st.sampled_from(["s", "ms", "rfc3339"]),
)
def test_tolerance(signed_at: int, offset: int, window: int | tuple[int, int], unit: str) -> None:
    """Accepted exactly where now and the signed time are no further apart than the tolerance."""
    provider = Provider(
        name="timed",
        scheme=HMAC(
            signature=Header("X-Signature"),
            signs="{timestamp}.{body}",
            timestamp=Header("X-Time"),
            unit=unit,
            tolerance=window,
        ),
    )
    signer = Verifier(provider, secret="secret", clock=lambda: signed_at)
    past, future = window if isinstance(window, tuple) else (window, window)
    verdict = verdict_of(provider, b"secret", signed_at + offset, signer.sign(Request()))
    assert (verdict is not None) == (-future <= offset <= past)


@given(
    text=st.text("0123456789_+- .eE\xb2\xbd", max_size=14)
    | st.from_regex(r"0?[0-9]{1,14}", fullmatch=True)
)
def test_time_is_plain_digits(text: str) -> None:
    """Signed or not, only the one form of a number is a time: int() would take many more."""
    provider = Provider(
        name="timed",
        scheme=HMAC(
            signature=Header("X-Signature"),
            signs="{timestamp}.{body}",
            timestamp=Header("X-Time"),
            tolerance=None,
        ),
    )
    # The same MAC under a declaration that takes the header for no time.
    untimed = Provider(
        name="untimed",
        scheme=HMAC(signature=Header("X-Signature"), signs="{header:X-Time}.{body}"),
    )
    request = Verifier(untimed, secret="s").sign(Request("POST", {"X-Time": text}))
    plain = text.strip(" \t")
    is_plain = plain.isascii() and plain.isdigit() and len(plain) <= 12
    is_canonical = is_plain and (plain == "0" or not plain.startswith("0"))
    assert (verdict_of(provider, b"s", 0, request) is not None) == is_canonical


# Tokens in the query, which are changed in another place.


@given(
    token=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
    other=st.text(max_size=20),
    query=st.sampled_from(["", "?a=1", "?token2=x"]),
)
def test_token_in_the_query(token: str, other: str, query: str) -> None:
    """The very token and no other, whatever characters it has."""
    assume(token.strip() and token.encode().strip())
    provider = Provider(name="query", scheme=Token(Query("token")))
    verifier = Verifier(provider, secret=token)
    request = verifier.sign(Request(url=f"https://hooks.example.com/in{query}"))
    assert verdict_of(provider, token.encode(), 0, request) is not None
    assume(other != token and other.encode("utf-8", "replace").strip() and "\0" not in other)
    assert verdict_of(provider, other.encode("utf-8", "replace"), 0, request) is None
    assert verifier.sign(request) == request  # signed again, it has one token still
    twice = request.replace(url=f"{request.url}&{request.query.rpartition('&')[2]}")
    assert verdict_of(provider, token.encode(), 0, twice) is None

"""Whatever arrives is answered: nothing is raised, and it is never our fault."""

from __future__ import annotations

import asyncio
import io
from itertools import pairwise
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from hookkit import Provider, Receiver, Request, Unauthorized, providers
from tests.contracts.driving import (
    RIGHT,
    Got,
    Sent,
    asgi_answer,
    environ_of,
    scope_of,
    sent_from,
    through_asgi,
    through_wsgi,
)
from tests.properties.signing import BY_ANY, SENDERS, Delivery, private_of, secret_of

LIMIT = 500
"""Bytes."""

latin1 = st.text(st.characters(max_codepoint=0xFF), max_size=30)
tokens = st.text("ABCXYZabcxyz0189-_!#$%&'*+.^`|~", min_size=1, max_size=20)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

JSON_TEXTS = st.sampled_from(
    [
        b"{}",
        b"[]",
        b"null",
        b'"x"',
        b"1e999",
        b'{"type": "x", "id": 1, "event": []}',
        b'{"type": "event_callback", "event": {"type": {}}, "event_id": ""}',
        b'{"type": "url_verification", "challenge": "\\r\\nX: y"}',
        b'{"type": 1, "object_kind": null, "action": false, "created": 1e300}',
        b'{"type": "\\ud800"}',
        b'{"a":' * 200,
        b"[" * 499,
        b'{"id": ' + b"9" * 480 + b"}",
        b"payload=%7B%7D&payload=",
        b"payload=%7B%22action%22%3A%22%00%22%7D",
        b"a=%zz",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
    ]
)
bodies = st.binary(max_size=100) | JSON_TEXTS | st.integers(490, 510).map(lambda n: b" " * n)
lengths = (
    st.just(RIGHT)
    | st.none()
    | st.integers(-3, 1000).map(str)
    | latin1
    | st.sampled_from(["", "0", "1e3", "9" * 25, "0" * 5000, "\xb2", "+1", " 1", "1,1"])
)
media = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/cloudevents+json",
        ";;=;",
    ]
)


def named_headers(provider: Provider) -> list[str]:
    """The headers that this provider looks at."""
    signature = provider.scheme.header
    return [
        *([signature] if signature else []),
        "Content-Type",
        "Content-Encoding",
        "X-GitHub-Event",
        "X-Gitlab-Event-UUID",
        "X-Slack-Request-Timestamp",
        "webhook-id",
        "webhook-timestamp",
        "Host",
        "Authorization",
    ]


VALUES = latin1 | media | st.sampled_from(["gzip", "identity", "t=1,v1=0", "sha256=" + "0" * 64])


@st.composite
def requests(draw: st.DrawFn, provider: Provider) -> Sent:
    """Anything that a socket could bring, most of it beside the point."""
    names = st.sampled_from(named_headers(provider)) | tokens
    return Sent(
        method=draw(st.sampled_from(["POST", "GET", "HEAD", "OPTIONS", "post"]) | tokens),
        headers=tuple(draw(st.lists(st.tuples(names, VALUES), max_size=8))),
        body=draw(bodies),
        announced=draw(lengths),
        gone=draw(st.booleans()),
        sizes=tuple(draw(st.lists(st.integers(1, 60), max_size=3))),
        host=draw(st.none() | latin1),
        path="/" + draw(texts),
        query=draw(latin1),
        client=draw(st.none() | latin1),
    )


def receiver_of(delivery: Delivery, **options: Any) -> Receiver:
    receiver = Receiver(
        delivery.provider, secret=delivery.secret, clock=lambda: delivery.now, **options
    )
    receiver.on("*")(lambda event: None)
    return receiver


def is_fit(got: Got) -> bool:
    """Done, or the sender's fault; with nothing in the header fields that could start another."""
    text = "".join(name + value for name, value in got.headers)
    return (200 <= got.status < 300 or 400 <= got.status < 500) and text.isprintable()


senders = st.sampled_from(sorted(SENDERS)).flatmap(SENDERS.__getitem__)


@st.composite
def receivers(draw: st.DrawFn) -> Receiver:
    provider = draw(senders)
    secret = [*private_of(provider), secret_of(provider, b"key of user:pass word")][0]
    networks = draw(st.sampled_from([None, None, ["0.0.0.0/0"]]))
    receiver = Receiver(provider, secret=secret, max_body=LIMIT, allow_from=networks)
    receiver.on("*")(lambda event: None)
    return receiver


@given(data=st.data(), receiver=receivers())
def test_any_wsgi_request(data: st.DataObject, receiver: Receiver) -> None:
    """The callable answers 2xx or 4xx, as PEP 3333 has it, and raises nothing."""
    sent = data.draw(requests(receiver.provider))
    assert is_fit(through_wsgi(receiver, sent))


@given(data=st.data(), receiver=receivers())
def test_any_asgi_request(data: st.DataObject, receiver: Receiver) -> None:
    """The same under ASGI."""
    sent = data.draw(requests(receiver.provider))
    assert is_fit(through_asgi(receiver, sent))


ENVIRON_KEYS = st.sampled_from(
    ["HTTP_HOST", "HTTP_CONTENT_LENGTH", "HTTP_", "REMOTE_ADDR", "SCRIPT_NAME", "PATH_INFO"]
) | st.sampled_from(["QUERY_STRING", "CONTENT_TYPE", "SERVER_NAME", "SERVER_PORT", "HTTP_X_é"])


@given(
    receiver=receivers(),
    values=st.dictionaries(ENVIRON_KEYS, st.text(max_size=20) | st.none(), max_size=6),
    terminated=st.booleans(),
)
def test_any_environ(receiver: Receiver, values: dict[str, str | None], terminated: bool) -> None:
    """Parts that a server should have given may be missing, and texts be no latin-1."""
    environ = environ_of(Sent(body=b"{}"))
    environ |= {"wsgi.input_terminated": terminated, "wsgi.input": io.BytesIO(b"{}")}
    for key, value in values.items():
        environ.pop(key, None)
        if value is not None:
            environ[key] = value
    started: list[tuple[str, list[tuple[str, str]]]] = []
    chunks = receiver(environ, lambda *said: started.append(said[:2]))
    ((status, headers),) = started
    assert is_fit(Got(int(status[:3]), headers, b"".join(chunks)))


@given(delivery=BY_ANY, body=bodies, name=st.sampled_from(["wsgi", "asgi"]), value=VALUES)
def test_any_authentic_request(delivery: Delivery, body: bytes, name: str, value: str) -> None:
    """What is signed gets further: any body and any media type is a 2xx or a 4xx still."""
    assume(delivery.provider.scheme.covers("body"))
    receiver = receiver_of(delivery, max_body=LIMIT)
    plain = delivery.plain.replace(body=body).with_header("Content-Type", value)
    try:
        request = receiver.verifier.sign(plain)
    except (Unauthorized, ValueError, TypeError, AttributeError, RecursionError):
        assume(False)  # where parts of the body are signed, there is nothing to sign without them
    face = {"wsgi": through_wsgi, "asgi": through_asgi}[name]
    assert is_fit(face(receiver, sent_from(request, query="a=1")))


# A body in pieces.

SIZES = st.lists(st.integers(1, 80), min_size=1, max_size=5).map(tuple)


@given(delivery=BY_ANY, sizes=SIZES, is_chunked=st.booleans(), is_tampered=st.booleans())
def test_pieces_change_nothing(
    delivery: Delivery, sizes: tuple[int, ...], is_chunked: bool, is_tampered: bool
) -> None:
    """A body in whatever pieces, with its length or without, gives the answer of the whole."""
    signed = delivery.signed
    if is_tampered:
        signed = signed.replace(body=signed.body + b"x")
    announced = None if is_chunked else RIGHT
    receiver = receiver_of(delivery)
    whole = through_wsgi(receiver, sent_from(signed, query="a=1"))
    pieces = sent_from(signed, query="a=1", announced=announced, sizes=sizes)
    assert through_wsgi(receiver, pieces).answer == whole.answer
    assert through_asgi(receiver, pieces).answer == whole.answer


@given(body=st.binary(max_size=LIMIT + 40), cuts=st.lists(st.integers(0, 540), max_size=8))
@example(body=b"x" * (LIMIT + 1), cuts=[LIMIT])
def test_empty_pieces_change_nothing(body: bytes, cuts: list[int]) -> None:
    """ASGI servers may hand over pieces of nothing, before, between and after."""
    receiver = Receiver(providers.github, secret="secret", max_body=LIMIT)
    request = receiver.verifier.sign(Request("POST", {"Content-Type": "text/plain"}, body))
    scope = scope_of(sent_from(request))
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[start:end] for start, end in pairwise(places)]
    messages = iter(
        {"type": "http.request", "body": piece, "more_body": place < len(pieces)}
        for place, piece in enumerate(pieces, 1)
    )
    got = asyncio.run(asgi_answer(receiver.asgi, scope, messages))
    assert got.status == (413 if len(body) > LIMIT else 415)

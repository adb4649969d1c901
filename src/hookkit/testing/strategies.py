"""Hypothesis strategies: what a provider sends, and what it would never send.

::

    @given(hostile_requests(providers.github, secret=SECRET))
    def test_nothing_breaks_it(request):
        assert github.handle(request).status < 500
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import Any

from hookkit.errors import HookkitError
from hookkit.formats import Form, Multipart
from hookkit.keys import Secret
from hookkit.messages import Request
from hookkit.provider import Provider
from hookkit.testing.samples import SAMPLES, sample
from hookkit.testing.sender import Sender

try:
    from hypothesis import strategies as st
except ImportError:
    raise ImportError(
        "hookkit.testing.strategies needs hypothesis: pip install hypothesis"
    ) from None

__all__ = ["deliveries", "hostile_requests", "json_objects"]

METHODS = ("POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "")
MEDIA = (
    "application/json",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "",
    "nonsense",
)
NASTY = (
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"NaN",
    b"\xff\xfe\x00",
    b'{"a":1e999}',
    b"[" * 20_000,
    b'{"a":' * 5_000,
    b"a=1&" * 5_000,
    b'{"id":"\\ud800"}',
    b'{"id":{}, "type":[], "action":7}',
    b'{"type":"' + b"x" * 100_000 + b'"}',
)

_texts = st.text(st.characters(codec="utf-8"), max_size=20)
_names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)
_header_texts = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60
)


def json_objects() -> st.SearchStrategy[dict[str, Any]]:
    """Objects of JSON."""
    return st.dictionaries(_texts, _values, max_size=5)


def deliveries(
    provider: Provider, *, secret: Secret | None = None, types: tuple[str, ...] | None = None
) -> st.SearchStrategy[Request]:
    """Requests as the provider signs them: what there is a sample of, with anything beside it.

    An example raises ConfigError where nothing of this provider can be made up.

    Args:
        provider: the sender.
        secret: that of the receiver.
        types: names of events; by default those that there are samples of, or that it is known to send.
    """
    sender = Sender(provider, secret)
    return _events(provider, types).map(lambda event: sender.request(*event))


def hostile_requests(
    provider: Provider, *, secret: Secret | None = None
) -> st.SearchStrategy[Request]:
    """Requests that no provider sends: unsigned, broken, half of one, or signed nonsense.

    Args:
        provider: whose receiver is to withstand them.
        secret: that of the receiver; with it, some of them are signed.
    """
    sender = Sender(provider, secret)
    right = st.builds(partial(_request, sender), _events(provider, None))
    bodies = st.binary(max_size=200) | st.sampled_from(NASTY)
    return st.one_of(
        st.builds(_with_body, right, bodies),
        st.builds(lambda request, body: _signed(sender, _with_body(request, body)), right, bodies),
        st.builds(_cut, right, st.integers(0, 300)),
        st.builds(_with_method, right, st.sampled_from(METHODS)),
        st.builds(_with_media, right, st.sampled_from(MEDIA)),
        right.flatmap(_with_strange_headers),
        st.builds(_without_headers, right, st.integers(0, 10)),
    )


def _events(
    provider: Provider, types: tuple[str, ...] | None
) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Names with payloads."""
    known = types or tuple(SAMPLES.get(provider.name, ())) or tuple(sorted(provider.events))
    # Fields of a form are texts.
    is_form = isinstance(provider.accepts[0], Form | Multipart)
    further = st.dictionaries(_names, _texts, max_size=5) if is_form else json_objects()
    return st.sampled_from(known or ("event",)).flatmap(
        lambda name: st.tuples(
            st.just(name), further.map(lambda more: _beside(sample(provider.name, name), more))
        )
    )


def _beside(payload: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """What the sample says stays, in its place."""
    return payload | {name: value for name, value in more.items() if name not in payload}


def _request(sender: Sender, event: tuple[str, dict[str, Any]]) -> Request:
    """As right as it can be made up."""
    with suppress(HookkitError):
        return sender.request(*event)
    with suppress(HookkitError):
        return sender.unsigned(*event)
    media = sender.provider.accepts[0].media[0]
    headers = {"Content-Type": media, sender.provider.scheme.header or "Signature": "none"}
    return Request("POST", headers, json.dumps(event[1]).encode())


def _signed(sender: Sender, request: Request) -> Request:
    """Signed, where a request of this kind can be."""
    with suppress(HookkitError):
        return sender.sign(request)
    return request


def _with_body(request: Request, body: bytes) -> Request:
    return request.replace(body=body)


def _cut(request: Request, length: int) -> Request:
    return request.replace(body=request.body[:length])


def _with_method(request: Request, method: str) -> Request:
    return Request(method, list(request.headers.items()), request.body, url=request.url)


def _with_media(request: Request, media: str) -> Request:
    return request.with_header("Content-Type", media)


def _with_strange_headers(request: Request) -> st.SearchStrategy[Request]:
    names = [name for name, _ in request.headers.items()]
    return st.builds(request.with_header, st.sampled_from(names), _header_texts)


def _without_headers(request: Request, which: int) -> Request:
    fields = list(request.headers.items())
    return request.replace(headers=[*fields[:which], *fields[which + 1 :]])

"""`Case`: all that a verdict depends on; and the same with one thing changed, for `hookkit.explain`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from hookkit.errors import ConfigError, FutureTimestamp, StaleTimestamp, Unauthorized
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.provider import Provider
from hookkit.schemes.base import AnyScheme, Verdict
from hookkit.values import replace, value

__all__ = ["HYPOTHESES", "Case", "changed"]

LONG = 1024 * 1024
"""Bytes. A longer body is not serialised anew to see what was signed: that would take seconds."""

LONG_INDENTED = 128 * 1024
"""Bytes. The same for indented JSON, which the standard library writes some thirty times slower."""


@value(kw_only=True)
class Case:
    """All that a verdict depends on, so that one thing of it can be changed and the rest kept.

    Attributes:
        fetched: in place of secrets, what the scheme fetches its keys with.
        seen_url: the URL as the server saw it, where `request` has the public one.
        check: raises Unauthorized of a verdict that is not to count, though the signature is right.
    """

    provider: Provider
    scheme: AnyScheme
    secrets: tuple[bytes, ...]
    request: Request
    now: float
    limits: Limits
    fetched: tuple[Any, ...] = ()
    seen_url: str = ""
    check: Callable[[Request, Verdict], None] = lambda _request, _verdict: None

    def __repr__(self) -> str:
        return f"<Case {self.provider.name}, {self.request!r}>"

    def keys(self) -> tuple[Any, ...]:
        """Raises ConfigError where a secret cannot be read in this case's form."""
        return self.fetched or tuple(map(self.scheme.prepare, self.secrets))

    def verdict(self) -> Verdict | Unauthorized:
        try:
            verdict = self.scheme.verify(self.request, self.keys(), self.now, self.limits)
            self.check(self.request, verdict)
        except Unauthorized as refusal:
            return refusal
        return verdict

    def signature_fits(self) -> bool:
        """Whether it is authentic, whatever its age."""
        try:
            return isinstance(self.verdict(), Verdict | StaleTimestamp | FutureTimestamp)
        except ConfigError:
            return False  # the secret cannot be read in this variant's form


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
    return replace(case, scheme=changed(case.scheme, "key", form), secrets=(secret,))


def _other_forms(case: Case) -> Iterator[Case]:
    for name, forms in (
        ("key", ("text", "hex", "base64")),
        ("encoding", ("hex", "base64", "base64url")),
    ):
        declared = getattr(case.scheme, name, None)
        for form in forms:
            if declared is not None and form != declared:
                yield replace(case, scheme=changed(case.scheme, name, form))


def changed(scheme: AnyScheme, field: str, value: object) -> AnyScheme:
    """The scheme with one field otherwise."""
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
    named = (request.header(name) for name in ("X-Forwarded-Host", "X-Original-Host", "Host"))
    names = dict.fromkeys(re.sub(r":\d+$", "", host) for host in (seen, *named) if host)
    hosts = dict.fromkeys([seen, *(name + port for name in names for port in ("", ":443", ":80"))])
    before = request.header("X-Forwarded-Prefix") or ""
    path = request.path
    paths = dict.fromkeys([path, path.rstrip("/"), path.rstrip("/") + "/", before + path])
    queries = dict.fromkeys([f"?{request.query}" if request.query else "", ""])
    for scheme, host, at, query in product(("https", "http"), hosts, paths, queries):
        yield f"{scheme}://{host}{at}{query}"


Variants = Callable[[Case], Iterator[Case]]

HYPOTHESES: tuple[tuple[str, str, Variants], ...] = (
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

import gzip
import zlib

import pytest

from hookkit import HMAC, Header, Limits, Request
from hookkit.errors import ConfigError, MalformedCredential
from hookkit.schemes.inflated import Inflated

BODY = b'{"a": "' + b"x" * 100 + b'"}'
RAW_DEFLATE = zlib.compress(BODY, wbits=-15)


def _render(body, coding=None, *, scheme=None):
    headers = {} if coding is None else {"Content-Encoding": coding}
    return b"".join(
        (scheme or Inflated()).render(Request(headers=headers, body=body), b"", b"", None)
    )


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(BODY, mtime=0)),
        (" GZip\t", gzip.compress(BODY, mtime=0)),
        ("deflate", zlib.compress(BODY)),
        (None, BODY),
        ("", BODY),
        ("identity", BODY),
        ("br", BODY),  # not undone here; what the sender signed is not known
        ("gzip, gzip", BODY),
    ],
)
def test_the_body_as_it_was(coding, body):
    """Undone where the header names one of the two codings."""
    assert _render(body, coding) == BODY


def test_a_compressed_body_without_the_header():
    """Is taken as it stands: the header decides, not what the bytes look like."""
    assert _render(gzip.compress(BODY, mtime=0)) == gzip.compress(BODY, mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", BODY),
        ("gzip", b""),
        ("gzip", gzip.compress(BODY, mtime=0)[:-1]),
        ("gzip", gzip.compress(BODY, mtime=0) + b"\0"),
        ("gzip", gzip.compress(BODY, mtime=0) * 2),
        ("gzip", zlib.compress(BODY)),
        ("deflate", gzip.compress(BODY, mtime=0)),
        ("deflate", RAW_DEFLATE),
        ("deflate", b"\x78"),
    ],
)
def test_what_is_not_of_its_coding(coding, body):
    """A refusal like any other."""
    with pytest.raises(MalformedCredential):
        _render(body, coding)


@pytest.mark.parametrize(("limit", "right"), [(len(BODY), True), (len(BODY) - 1, False)])
def test_the_limit(limit, right):
    """Inclusive."""
    scheme = Inflated(limit=limit)
    if right:
        assert _render(gzip.compress(BODY, mtime=0), "gzip", scheme=scheme) == BODY
        return
    with pytest.raises(MalformedCredential):
        _render(gzip.compress(BODY, mtime=0), "gzip", scheme=scheme)


def test_a_bomb():
    """Little that would become much is refused at the limit."""
    with pytest.raises(MalformedCredential):
        _render(gzip.compress(bytes(64 * 1024 * 1024), mtime=0), "gzip")


def test_as_the_text_of_a_scheme():
    """With other parts beside the body; the body that is parsed later is the one that was sent."""
    scheme = HMAC(
        signature=Header("X-Signature"),
        signs=Inflated("{timestamp}.{body}"),
        timestamp=Header("X-Time"),
    )
    key = scheme.prepare(b"s3cret")
    plain = scheme.sign(Request(body=BODY), key, 1_700_000_000, "")
    sent = plain.with_header("Content-Encoding", "gzip").replace(body=gzip.compress(BODY, mtime=0))
    assert scheme.verify(sent, (key,), 1_700_000_000, Limits()).key == 0
    with pytest.raises(MalformedCredential):
        scheme.verify(sent.replace(body=BODY), (key,), 1_700_000_000, Limits())


def test_what_is_covered():
    """As the template says; one that is wrong is told where it is declared."""
    scheme = Inflated("{id}.{body}")
    assert [each for each in ("body", "id", "timestamp", "url") if scheme.covers(each)] == [
        "body",
        "id",
    ]
    with pytest.raises(ConfigError, match="has a part that is not known"):
        Inflated("{bodies}")

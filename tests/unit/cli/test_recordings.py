"""hookkit.cli.recordings: what people save, read as the request that it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookkit import Request
from hookkit.cli.recordings import read, written
from hookkit.errors import ConfigError

BODY = b'{"zen":"it\'s \\u00e9"}'
HEADERS = {"Content-Type": "application/json", "X-Hub-Signature-256": "sha256=00"}

RAW = (
    b"POST /hooks?x=1 HTTP/1.1\r\nContent-Type: application/json\r\n"
    b"X-Hub-Signature-256: sha256=00\r\n\r\n"
)
WITH_LENGTH = RAW.replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(BODY))
HAR = {
    "log": {
        "entries": [
            {
                "request": {
                    "method": "POST",
                    "url": "https://hooks.example.com/hooks?x=1",
                    "headers": [
                        {"name": ":authority", "value": "hooks.example.com"},
                        *({"name": name, "value": value} for name, value in HEADERS.items()),
                    ],
                    "postData": {"mimeType": "application/json", "text": BODY.decode()},
                }
            }
        ]
    }
}
URL = "https://hooks.example.com/hooks?x=1"
CURLS = {
    "plain": f"curl -X POST '{URL}' -H 'Content-Type: application/json' -H 'X-Hub-Signature-256: sha256=00' "
    "-d '{\"zen\":\"it'\\''s \\u00e9\"}'",
    "Chrome's": f"curl '{URL}' \\\n  -H 'content-type: application/json' \\\n  "
    "-H 'x-hub-signature-256: sha256=00' \\\n  "
    "--data-raw $'{\"zen\":\"it\\'s \\\\u00e9\"}' \\\n  --compressed",
    "with =": f"curl --url={URL} --header='Content-Type: application/json' "
    "--header='X-Hub-Signature-256: sha256=00' --data='{\"zen\":\"it'\\''s \\u00e9\"}' -s -L",
}  # fmt: skip

RECORDINGS = {
    "raw": RAW + BODY,
    "raw, by an editor": RAW.replace(b"\r\n", b"\n") + BODY,
    "raw, with a length and a newline more": WITH_LENGTH + BODY + b"\n",
    "HAR": json.dumps(HAR).encode(),
    **{f"curl, {name}": text.encode() for name, text in CURLS.items()},
}  # fmt: skip


@pytest.mark.parametrize("kind", RECORDINGS)
def test_what_was_saved_is_the_request(kind):
    (request,) = read(RECORDINGS[kind])
    assert (request.method, request.path, request.query) == ("POST", "/hooks", "x=1")
    assert {name: request.headers.get(name) for name in HEADERS} == HEADERS
    assert request.body == BODY
    assert ":authority" not in request.headers


def test_bytes_in_har_are_base64():
    told = json.loads(json.dumps(HAR))
    told["log"]["entries"][0]["request"]["postData"] = {"text": "/wA=", "encoding": "base64"}
    (request,) = read(json.dumps(told).encode())
    assert request.body == b"\xff\x00"


@pytest.mark.parametrize(("option", "sent"), [("--data-binary", b"a\r\nb"), ("--data", b"ab")])
def test_curl_sends_a_file(tmp_path, monkeypatch, option, sent):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "body").write_bytes(b"a\r\nb")
    (request,) = read(f"curl http://x/ {option} @body".encode())
    assert request.body == sent
    assert request.headers.get("content-type") == "application/x-www-form-urlencoded"
    with pytest.raises(ConfigError, match="none"):
        read(b"curl http://x/ -d @none")


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"{}", b'{"log":7}', b"{" * 9000, b"\xff\xfe", b"curl 'open", b"GET"]
)
def test_what_is_no_recording_says_what_is(content):
    with pytest.raises(ConfigError, match="curl"):
        read(content)


names = st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True).filter(
    lambda n: n != "content-length"
)
values = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@given(st.dictionaries(names, values, max_size=5), st.binary(max_size=300))
def test_what_is_written_is_read_again_byte_for_byte(headers, body):
    request = Request("POST", headers, body, url="/in?a=b")
    (again,) = read(written(request))
    assert (again.method, again.url, again.body) == ("POST", "/in?a=b", body)
    assert dict(again.headers.items()) == headers

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
    "letters with their values": f"curl -sSLXPOST '{URL}' -H'Content-Type: application/json' "
    "-H'X-Hub-Signature-256: sha256=00' -d'{\"zen\":\"it'\\''s \\u00e9\"}' --max-time 5 -m5",
    "double quotes": f'curl "{URL}" -H "Content-Type: application/json" -H "X-Hub-Signature-256: sha256=00" '
    '-d "{\\"zen\\":\\"it\'s \\\\u00e9\\"}"',
    "with --json": f"curl {URL} -H 'X-Hub-Signature-256: sha256=00' "
    "--json '{\"zen\":' --json '\"it'\\''s \\u00e9\"}'",
    "with =": f"curl --url={URL} --header='Content-Type: application/json' "
    "--header='X-Hub-Signature-256: sha256=00' --data='{\"zen\":\"it'\\''s \\u00e9\"}' -s -L",
}  # fmt: skip

RECORDINGS = {
    "raw": RAW + BODY,
    "raw, by an editor": RAW.replace(b"\r\n", b"\n") + BODY,
    "raw, with a length and a newline more": WITH_LENGTH + BODY + b"\n",
    "HAR": json.dumps(HAR).encode(),
    "raw, in chunks": RAW.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")
    + b"%x\r\n%s\r\n%X;x=y\r\n%s\r\n0\r\n\r\n" % (5, BODY[:5], len(BODY) - 5, BODY[5:]),
    "HAR, with a byte order mark": b"\xef\xbb\xbf" + json.dumps(HAR).encode(),
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


@pytest.mark.parametrize(
    ("option", "sent"),
    [
        ("--data-binary", b"a\r\nb"),
        ("--data", b"ab"),
        ("-d", b"ab"),
        ("--data-raw", b"@body"),
        ("--data-urlencode", b"a%0D%0Ab"),
        ("--data-urlencode x", b"x=a%0D%0Ab"),
    ],
)
def test_curl_sends_a_file(tmp_path, monkeypatch, option, sent):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "body").write_bytes(b"a\r\nb")
    glue = "" if option.endswith(" x") else " "
    (request,) = read(f"curl http://x/ {option}{glue}@body".encode())
    assert request.body == sent
    assert request.headers.get("content-type") == "application/x-www-form-urlencoded"
    with pytest.raises(ConfigError, match="none"):
        read(b"curl http://x/ -d @none")


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (r"-d 'costs 5$' -H 'A: b'", b"costs 5$"),  # no $'…' begins there
        (r"-d $'\xc3\xa9\u00e9\t\'\!'", b"\xc3\xa9\xc3\xa9\t'\\!"),
        (r"-d $'\xff\0'", b"\xff\x00"),
        ("-d 'a\nb'", b"a\nb"),
        ("-d a\\\n\\ b", b"a b"),
        ('-d "a\\\nb \\$x \\x"', rb"ab $x \x"),
        ("-d a -d b", b"a&b"),
        ("-d ''", b""),
        (r"-d é", "é".encode()),
    ],
)
def test_what_a_shell_makes_of_it(words, sent):
    (request,) = read(f"curl http://x/ {words}".encode())
    assert (request.method, request.body) == ("POST", sent)


@pytest.mark.parametrize(
    ("words", "method", "url", "headers"),
    [
        ("hooks.example.com/in", "GET", "http://hooks.example.com/in", {}),
        ("-I http://x/", "HEAD", "http://x/", {}),
        ("-G http://x/?a=1 -d b=2", "GET", "http://x/?a=1&b=2", {}),
        ("-u ann:s3 http://x/", "GET", "http://x/", {"authorization": "Basic YW5uOnMz"}),
        ("-A agent -b c=d http://x/", "GET", "http://x/", {"user-agent": "agent", "cookie": "c=d"}),
        ("-H 'X-Empty;' -H 'Accept:' http://x/", "GET", "http://x/", {"x-empty": ""}),
        ("-o file -k --next-thing 5 http://x/", "GET", "http://x/", {}),
    ],
)
def test_what_curl_makes_of_it(words, method, url, headers):
    (request,) = read(f"curl {words}".encode())
    assert (request.method, request.url, dict(request.headers.items())) == (method, url, headers)


def test_headers_of_utf_8_are_bytes_as_on_the_wire():
    """Whose bytes hold what Unicode takes for an end of a line."""
    (request,) = read("POST / HTTP/1.1\r\nX-Name: Å…\r\nX-Next: b\r\n\r\nbody".encode())
    assert request.headers.get("x-name").encode("latin-1").decode() == "Å…"
    assert request.headers.get("x-next") == "b"
    (same,) = read("curl http://x/ -d body -H 'X-Name: Å…'".encode())
    assert same.headers.get("x-name") == request.headers.get("x-name")


def test_what_says_that_it_is_in_chunks_and_is_not():
    (request,) = read(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{}")
    assert request.body == b"{}"


ODD_HARS = [
    {"method": 1},
    {"url": None},
    {"headers": [{"name": "a", "value": 3}]},
    {"postData": {"text": 7}},
    {"postData": {"text": "%%%%=", "encoding": "base64"}},
    {"postData": {"text": "\ud800"}},
]


@pytest.mark.parametrize("odd", ODD_HARS)
def test_odd_hars_are_no_recordings(odd):
    whole = {"method": "POST", "url": "http://x/", "headers": []}
    assert read(json.dumps({"log": {"entries": [{"request": whole}]}}).encode())
    with pytest.raises(ConfigError):
        read(json.dumps({"log": {"entries": [{"request": whole | odd}]}}).encode())


@pytest.mark.parametrize("words", ["-F a=b http://x/", "-T file http://x/", "-X POST", "-d 'a"])
def test_curls_that_cannot_be_told(words):
    with pytest.raises(ConfigError, match="command"):
        read(f"curl {words}".encode())


def test_a_har_of_nothing_says_so():
    with pytest.raises(ConfigError, match="no entries"):
        read(b'{"log": {"entries": []}}')


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

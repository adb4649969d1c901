"""Against a real HTTPS server on this machine."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time

import pytest

from hookkit import ConfigError, Request
from hookkit.errors import KeyUnavailable
from hookkit.fetch import REMEMBERED, Fetcher
from tests.unit.https_server import Authority, Server, answer, running

NO_CACHE = {"Cache-Control": "no-cache"}
NO_STORE = {"Cache-Control": "no-store"}
QUICK = 0.4


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls(authority):
    return authority.serving("localhost")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fetcher(authority, clock):
    def make(server, **given):
        given = {"context": authority.trusting(), "clock": clock, **given}
        return Fetcher([server.host if isinstance(server, Server) else server], **given)

    return make


def ask(url, headers=(), body=b"", method="GET"):
    return Request(method, headers, body, url=url)


# What is asked, and what comes back.


def test_asks_and_answers(tls, fetcher):
    with running(tls, answer(b'{"keys":[]}')) as server:
        response = fetcher(server)(ask(server.url("/jwks?a=b"), {"X-Mine": "1"}))
    assert (response.status, response.body) == (200, b'{"keys":[]}')
    head = server.asked[0].lower()
    assert head.startswith(b"get /jwks?a=b http/1.1\r\n")
    assert b"x-mine: 1\r\n" in head
    assert b"user-agent: hookkit\r\n" in head


def test_posts_a_body(tls, fetcher):
    with running(tls, answer()) as server:
        fetcher(server)(ask(server.url(), {"Content-Type": "text/plain"}, b"x" * 70_000, "POST"))
    assert server.asked[0].startswith(b"POST ")
    assert server.asked[0].endswith(b"\r\n\r\n" + b"x" * 70_000)


def test_chunked_answers_are_read(tls, fetcher):
    def chunked(server, question, sock):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        sock.sendall(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    with running(tls, chunked) as server:
        assert fetcher(server)(ask(server.url())).body == b"abcde"


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "404 Not Found"])
def test_what_is_unknown_there_is_an_answer(tls, fetcher, status):
    with running(tls, answer(b"no", status)) as server:
        assert fetcher(server)(ask(server.url())).status == int(status[:3])


@pytest.mark.parametrize(
    "status",
    [
        *("301 Moved", "302 Found", "304 Not Modified", "307 Temporary Redirect"),
        *("408 Request Timeout", "425 Too Early", "429 Too Many Requests"),
        *("500 Internal Server Error", "503 Service Unavailable"),
    ],
)
def test_no_answer(tls, fetcher, status):
    """Redirects are not followed, not even to where asking is allowed."""
    with running(tls, answer(b"", status, "Location: /other")) as server:
        with pytest.raises(KeyUnavailable):
            fetcher(server)(ask(server.url()))
        assert len(server.asked) == 1


# Hosts.

OTHERS = [
    "http://{host}/keys",
    "HTTPS://{host}/keys",
    "ftp://{host}/keys",
    "file:///etc/passwd",
    "//{host}/keys",
    "/keys",
    "",
    "https://{host}",
    "https://{host}?a=/",
    "https://{host}#/",
    "https://user@{host}/keys",
    "https://user:pass@{host}/keys",
    "https://{host}@evil.example/keys",
    "https://{host}:443@evil.example/keys",
    "https://{host}.evil.example/keys",
    "https://evil.example/{host}/keys",
    "https://evil.example/?https://{host}/keys",
    "https://evil.example#https://{host}/keys",
    "https://evil{host}/keys",
    "https://LOCALHOST:{port}/keys",
    "https://localhost.:{port}/keys",
    "https://localhost/keys",
    "https://localhost:1{port}/keys",
    "https://localhost:0{port}/keys",
    "https://127.0.0.1:{port}/keys",
    "https://[::1]:{port}/keys",
    "https://{host}\\@evil.example/keys",
    "https://{host}/keys\\x",
    "https://{host}/ke ys",
    "https://{host}/ke\tys",
    "https://local\thost:{port}/keys",
    "https://{host}/keys\r\nX-Evil: 1",
    "https://{host}/keys\x00",
    "https://{host}/k\xe9ys",
    " https://{host}/keys",
    "\x01https://{host}/keys",
]


@pytest.mark.parametrize("url", OTHERS)
def test_other_urls_are_not_asked(tls, fetcher, url):
    with running(tls, answer()) as server:
        url = url.format(host=server.host, port=server.port)
        for headers in ((), NO_STORE):
            with pytest.raises(KeyUnavailable):
                fetcher(server)(ask(url, headers))
        assert server.asked == []


@pytest.mark.parametrize(
    "hosts",
    [
        *([], [""], ["https://a.example"], ["a.example/"], ["u@a.example"], ["a.example:"]),
        *(["A.example"], ["a b.example"], ["a.example:x"], ["b\xfccher.example"], ["*"]),
    ],
)
def test_hosts_are_names(hosts):
    with pytest.raises(ConfigError, match="host"):
        Fetcher(hosts)


def test_repr_names_hosts():
    assert (
        repr(Fetcher({"b.example", "a.example:8443"})) == "<Fetcher of a.example:8443, b.example>"
    )
    assert repr(Fetcher("a.example")) == "<Fetcher of a.example>"


# TLS.


def test_untrusted_certificates_are_refused(tls, caplog):
    with running(tls, answer()) as server:
        with pytest.raises(KeyUnavailable):
            Fetcher([server.host])(ask(server.url()))
        assert server.asked == []
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text


def test_certificates_for_another_name_are_refused(authority, fetcher, caplog):
    with running(authority.serving("other.example"), answer()) as server:
        with pytest.raises(KeyUnavailable):
            fetcher(server)(ask(server.url()))
        assert server.asked == []
    assert "Hostname mismatch" in caplog.text


def test_plain_http_is_no_tls(fetcher):
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        with listening.accept()[0] as sock:
            sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nkey")

    threading.Thread(target=serve, daemon=True).start()
    host = f"localhost:{listening.getsockname()[1]}"
    with listening, pytest.raises(KeyUnavailable):
        fetcher(host)(ask(f"https://{host}/"))


# Time and size.


def silent(server, question, sock):
    server.ended.wait(10)


def drips(head, piece):
    """Sends each piece well within a time-out for single ones."""

    def dripping(server, question, sock):
        sock.sendall(head)
        while not server.ended.wait(QUICK / 4):
            sock.sendall(piece)

    return dripping


SLOW = {
    "silent": silent,
    "status": drips(b"", b"H"),
    "headers": drips(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
    "continue": drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
    "endless": drips(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "chunks": drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
}


@pytest.mark.parametrize("how", SLOW)
def test_slow_answers_end_with_the_deadline(tls, fetcher, how):
    with running(tls, SLOW[how]) as server:
        began = time.monotonic()
        with pytest.raises(KeyUnavailable):
            fetcher(server, timeout=QUICK)(ask(server.url()))
        assert time.monotonic() - began < QUICK + 1.5


def test_a_handshake_that_never_ends(fetcher):
    with running(None, answer()) as server:
        began = time.monotonic()
        with pytest.raises(KeyUnavailable):
            fetcher(server, timeout=QUICK)(ask(server.url()))
        assert time.monotonic() - began < QUICK + 1.5


def test_nobody_listens(fetcher):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = f"localhost:{listening.getsockname()[1]}"
    with pytest.raises(KeyUnavailable):
        fetcher(host)(ask(f"https://{host}/"))


def test_an_address_that_never_answers_leaves_time_for_the_next(tls, fetcher, monkeypatch):
    """As where a host has an IPv6 address, and the way there leads nowhere."""
    with socket.socket() as silence, running(tls, answer(b"key")) as server:
        silence.bind(("127.0.0.1", 0))
        silence.listen(0)
        waiting = [socket.socket() for _ in range(3)]  # more than may wait there
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(silence.getsockname())
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", where)
            for where in (silence.getsockname(), ("127.0.0.1", server.port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert fetcher(server, timeout=4 * QUICK)(ask(server.url())).body == b"key"
        for each in waiting:
            each.close()


@pytest.mark.parametrize("how", ["length", "no-length", "lying"])
def test_too_long_answers(tls, fetcher, how):
    heads = {
        "length": b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
        "no-length": b"HTTP/1.1 200 OK\r\n\r\n",
        "lying": b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
    }

    def long(server, question, sock):
        sock.sendall(heads[how] + b"x" * 1001)

    with running(tls, long) as server, pytest.raises(KeyUnavailable):
        fetcher(server, longest=1000)(ask(server.url()))


def test_an_answer_of_just_the_length(tls, fetcher):
    with running(tls, answer(b"x" * 1000)) as server:
        assert len(fetcher(server, longest=1000)(ask(server.url())).body) == 1000


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
)
def test_broken_answers(tls, fetcher, said):
    def broken(server, question, sock):
        sock.sendall(said)

    with running(tls, broken) as server, pytest.raises(KeyUnavailable):
        fetcher(server)(ask(server.url()))


# What is remembered.


class Changing:
    """Answers with how often it was asked; or as it is told."""

    def __init__(self):
        self.status = "200 OK"

    def __call__(self, server, question, sock):
        answer(str(len(server.asked)).encode(), self.status)(server, question, sock)


@pytest.fixture
def changing():
    return Changing()


def test_remembered_for_keep(tls, fetcher, clock, changing):
    with running(tls, changing) as server:
        fetch = fetcher(server, keep=100)
        assert [fetch(ask(server.url())).body for _ in range(3)] == [b"1"] * 3
        clock.now += 99.9
        assert fetch(ask(server.url())).body == b"1"
        clock.now += 0.1
        assert fetch(ask(server.url())).body == b"2"


def test_questions_are_told_apart(tls, fetcher, changing):
    """By method, URL, body and credentials: what one account hears is not another's."""
    with running(tls, changing) as server:
        fetch = fetcher(server)
        questions = [
            ask(server.url("/a")),
            ask(server.url("/b")),
            ask(server.url("/a"), method="POST"),
            ask(server.url("/a"), method="POST", body=b"x"),
            ask(server.url("/a"), {"Authorization": "Bearer one"}),
            ask(server.url("/a"), {"Authorization": "Bearer two"}),
        ]
        heard = [fetch(each).body for each in questions]
        assert heard == [fetch(each).body for each in questions]
        assert len(set(heard)) == len(questions)


def test_no_cache_asks_anew_at_most_every_pause(tls, fetcher, clock, changing):
    with running(tls, changing) as server:
        fetch = fetcher(server, pause=30)
        url = server.url()
        assert fetch(ask(url)).body == b"1"
        assert fetch(ask(url, NO_CACHE)).body == b"1"  # just asked
        clock.now += 30
        assert fetch(ask(url)).body == b"1"
        assert fetch(ask(url, NO_CACHE)).body == b"2"
        assert fetch(ask(url, NO_CACHE)).body == b"2"
        assert fetch(ask(url)).body == b"2"


def test_no_store_asks_each_time(tls, fetcher, changing):
    """And neither reads nor writes what is remembered."""
    with running(tls, changing) as server:
        fetch = fetcher(server)
        url = server.url()
        question = ask(url, NO_STORE, b"{}", "POST")
        assert [fetch(question).body for _ in range(3)] == [b"1", b"2", b"3"]
        assert fetch(ask(url)).body == b"4"
        assert fetch(ask(url, NO_STORE)).body == b"5"
        assert fetch(ask(url)).body == b"4"


def test_no_store_failures_are_not_remembered(tls, fetcher, changing):
    with running(tls, changing) as server:
        fetch = fetcher(server)
        changing.status = "503 Busy"
        with pytest.raises(KeyUnavailable):
            fetch(ask(server.url(), NO_STORE))
        changing.status = "200 OK"
        assert fetch(ask(server.url(), NO_STORE)).body == b"2"


def test_failures_are_remembered_for_pause(tls, fetcher, clock, changing):
    with running(tls, changing) as server:
        fetch = fetcher(server, pause=30)
        changing.status = "500 Oops"
        for _ in range(3):
            with pytest.raises(KeyUnavailable):
                fetch(ask(server.url()))
        changing.status = "200 OK"
        clock.now += 29
        with pytest.raises(KeyUnavailable):
            fetch(ask(server.url()))
        assert len(server.asked) == 1
        clock.now += 1
        assert fetch(ask(server.url())).body == b"2"


def test_unknown_is_remembered_for_pause_only(tls, fetcher, clock, changing):
    with running(tls, changing) as server:
        fetch = fetcher(server, pause=30)
        changing.status = "404 Not Found"
        assert [fetch(ask(server.url())).status for _ in range(3)] == [404] * 3
        assert len(server.asked) == 1
        changing.status = "200 OK"
        clock.now += 30
        assert fetch(ask(server.url())).status == 200


def test_an_old_answer_serves_while_the_host_is_down(tls, fetcher, clock, changing):
    with running(tls, changing) as server:
        fetch = fetcher(server, keep=100, pause=30, stale=1000)
        assert fetch(ask(server.url())).body == b"1"
        changing.status = "503 Busy"
        clock.now += 100
        assert fetch(ask(server.url())).body == b"1"
        assert fetch(ask(server.url())).body == b"1"
        assert len(server.asked) == 2  # the failure is remembered
        assert fetch(ask(server.url(), NO_CACHE)).body == b"1"
        clock.now += 999
        assert fetch(ask(server.url())).body == b"1"
        clock.now += 1
        with pytest.raises(KeyUnavailable):
            fetch(ask(server.url()))  # a key that was withdrawn long ago must not last for ever
        changing.status = "200 OK"
        clock.now += 30
        assert fetch(ask(server.url())).body == b"4"


# Threads.


def in_threads(calls):
    results = [None] * len(calls)

    def run(place, call):
        try:
            results[place] = call()
        except KeyUnavailable as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    return threads, results


def test_one_request_for_many_waiting_threads(tls, fetcher):
    go = threading.Event()

    def held(server, question, sock):
        go.wait(10)
        answer(str(len(server.asked)).encode())(server, question, sock)

    with running(tls, held) as server:
        fetch = fetcher(server)
        threads, results = in_threads([lambda: fetch(ask(server.url())).body] * 16)
        time.sleep(0.1)
        go.set()
        for thread in threads:
            thread.join(10)
        assert results == [b"1"] * 16
        assert len(server.asked) == 1


def test_one_failure_for_many_waiting_threads(tls, fetcher):
    with running(tls, silent) as server:
        fetch = fetcher(server, timeout=QUICK)
        began = time.monotonic()
        threads, results = in_threads([lambda: fetch(ask(server.url()))] * 8)
        for thread in threads:
            thread.join(10)
        assert time.monotonic() - began < QUICK + 1.5
        assert all(isinstance(each, KeyUnavailable) for each in results)
        assert len(server.asked) == 1


@pytest.mark.parametrize("headers", [NO_CACHE, ()], ids=["anew", "old"])
def test_nobody_waits_for_what_is_there(tls, fetcher, clock, headers):
    """Where the host has become slow, and somebody's made-up id, or the answer's age, has it asked again."""
    slow = threading.Event()

    def slow_or_not(server, question, sock):
        if slow.is_set():
            server.ended.wait(10)
        answer(b"keys")(server, question, sock)

    with running(tls, slow_or_not) as server:
        fetch = fetcher(server, keep=100, pause=30)
        assert fetch(ask(server.url())).body == b"keys"
        slow.set()
        clock.now += 100
        threads, results = in_threads([lambda: fetch(ask(server.url(), headers)).body])
        while len(server.asked) < 2:
            time.sleep(0.01)
        assert fetch(ask(server.url())).body == b"keys"
        assert threads[0].is_alive()
        server.ended.set()
        threads[0].join(10)
        assert results == [b"keys"]


def test_who_asks_anew_waits_for_who_is_asking(tls, fetcher, clock):
    """As the key that is not there may be in that very answer."""
    go = threading.Event()

    def held(server, question, sock):
        if len(server.asked) > 1:
            go.wait(10)
        answer(str(len(server.asked)).encode())(server, question, sock)

    with running(tls, held) as server:
        fetch = fetcher(server, pause=30)
        assert fetch(ask(server.url())).body == b"1"
        clock.now += 30
        threads, results = in_threads([lambda: fetch(ask(server.url(), NO_CACHE)).body] * 4)
        while len(server.asked) < 2:
            time.sleep(0.01)
        go.set()
        for thread in threads:
            thread.join(10)
        assert results == [b"2"] * 4
        assert len(server.asked) == 2


def test_a_slow_question_holds_up_no_other(tls, fetcher):
    def slow_or_not(server, question, sock):
        if b"/slow" in question:
            server.ended.wait(10)
        answer(b"quick")(server, question, sock)

    with running(tls, slow_or_not) as server:
        fetch = fetcher(server)
        threads, _ = in_threads([lambda: fetch(ask(server.url("/slow")))])
        while not server.asked:
            time.sleep(0.01)
        assert fetch(ask(server.url("/other"))).body == b"quick"
        server.ended.set()
        threads[0].join(10)


# Bounds.


def test_requests_per_minute(tls, fetcher, clock, changing):
    with running(tls, changing) as server:
        fetch = fetcher(server, most_per_minute=3, most_unstored=2, pause=1)
        for path in "abc":
            fetch(ask(server.url(f"/{path}")))
        with pytest.raises(KeyUnavailable):
            fetch(ask(server.url("/d")))
        assert fetch(ask(server.url("/a"))).body == b"1"  # needs no request
        assert fetch(ask(server.url("/a"), NO_STORE)).status == 200  # counted apart
        assert fetch(ask(server.url("/a"), NO_STORE)).status == 200
        with pytest.raises(KeyUnavailable):
            fetch(ask(server.url("/a"), NO_STORE))
        clock.now += 60
        assert fetch(ask(server.url("/d"))).status == 200
        assert fetch(ask(server.url("/a"), NO_STORE)).status == 200


def test_what_was_not_asked_has_not_failed(tls, fetcher, clock, changing):
    """A new key is to be had with the next free request, though strangers take most of them."""
    with running(tls, changing) as server:
        fetch = fetcher(server, most_per_minute=2, pause=30)
        for path in "ab":
            fetch(ask(server.url(f"/{path}")))
        clock.now += 59.9
        with pytest.raises(KeyUnavailable):
            fetch(ask(server.url("/new")))
        clock.now += 0.1
        assert fetch(ask(server.url("/new"))).body == b"3"


def test_guesses_do_not_push_out_what_is_known(tls, fetcher, clock, changing):
    """A stranger who makes up ids of keys costs neither the memory nor the known keys."""
    with running(tls, changing) as server:
        fetch = fetcher(server, most_per_minute=5, keep=10_000)
        assert fetch(ask(server.url("/known"))).body == b"1"
        changing.status = "404 Not Found"
        for guess in range(REMEMBERED + 50):
            try:
                assert fetch(ask(server.url(f"/{guess}"))).status == 404
            except KeyUnavailable:
                assert guess >= 4
        assert len(fetch._answers) == REMEMBERED
        assert fetch(ask(server.url("/known"))).body == b"1"
        assert len(server.asked) == 5


def test_the_oldest_of_many_known_is_forgotten(tls, fetcher, clock, changing):
    with running(tls, changing) as server:
        fetch = fetcher(server, most_per_minute=REMEMBERED + 10)
        for each in range(REMEMBERED + 1):
            fetch(ask(server.url(f"/{each}")))
        assert len(fetch._answers) == REMEMBERED
        assert fetch(ask(server.url("/1"))).body == b"2"
        assert fetch(ask(server.url("/0"))).body == str(REMEMBERED + 2).encode()


# Proxies.


def proxy(listening, asked):
    """Relays one connection, once it has been asked for it."""
    with listening.accept()[0] as client:
        asked.append(client.recv(65536))
        host, port = asked[0].split(b" ")[1].decode().split(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ends = ((client, server), (server, client))
            threads = [threading.Thread(target=relay, args=each, daemon=True) for each in ends]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(10)


def relay(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_the_environments_proxy_is_used(tls, fetcher, monkeypatch):
    """And TLS goes through it to the host itself."""
    asked: list[bytes] = []
    with running(tls, answer(b"through")) as server, socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://user:pass@127.0.0.1:{port}")
        threading.Thread(target=proxy, args=(door, asked), daemon=True).start()
        assert fetcher(server)(ask(server.url())).body == b"through"
    assert asked[0].startswith(f"CONNECT {server.host} HTTP/1.".encode())
    assert b"proxy-authorization: basic " in asked[0].lower()
    assert b"proxy-authorization" not in server.asked[0].lower()


def test_a_proxy_that_never_answers(tls, fetcher, monkeypatch):
    with running(tls, answer()) as server, socket.create_server(("127.0.0.1", 0)) as door:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{door.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(KeyUnavailable):
            fetcher(server, timeout=QUICK)(ask(server.url()))
        assert time.monotonic() - began < QUICK + 1.5
        assert server.asked == []


# The log.


@pytest.mark.parametrize(
    ("path", "token"),
    [
        ("/keys?api_key=s3cret", "s3cret"),
        ("/s3cret", "s3cret\nX-More: s3cret"),
        ("/s3cret", "s3cret\u20ac"),
        ("/s3cret\r\n", "s3cret"),
        ("/s3cret", "s3cret\r"),
    ],
)
def test_the_log_has_no_secret(tls, fetcher, caplog, path, token):
    with running(tls, answer(b"s3cret", "500 s3cret")) as server:
        question = ask(
            server.url(path), {"Authorization": f"Bearer {token}"}, b"s3cret", method="POST"
        )
        with caplog.at_level(logging.DEBUG), pytest.raises(KeyUnavailable) as raised:
            fetcher(server)(question)
    assert "no key" in caplog.text
    assert "s3cret" not in caplog.text
    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_the_log_has_no_password_of_a_url(fetcher, caplog):
    with pytest.raises(KeyUnavailable):
        fetcher("a.example")(ask("https://user:s3cret@a.example/"))
    assert "a.example" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_failure_is_logged_once_a_pause(tls, fetcher, caplog):
    with running(tls, answer(b"", "500 Oops")) as server:
        fetch = fetcher(server)
        for _ in range(5):
            with pytest.raises(KeyUnavailable):
                fetch(ask(server.url()))
    assert caplog.text.count("its host answered 500") == 1


def test_questions_beyond_the_bound_are_logged_once_a_second(fetcher, clock, caplog):
    """Strangers who make up ids of keys would fill the disk otherwise."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = f"localhost:{listening.getsockname()[1]}"
    fetch = fetcher(host, most_per_minute=1, most_unstored=1)
    for path in range(50):
        for headers in ((), NO_STORE):
            with pytest.raises(KeyUnavailable):
                fetch(ask(f"https://{host}/{path}", headers))
    assert sum("within a minute" in line for line in caplog.messages) == 1
    clock.now += 1
    with pytest.raises(KeyUnavailable):
        fetch(ask(f"https://{host}/more"))
    limit = "KeyUnavailable: 1 requests within a minute are the limit"
    assert caplog.messages[-1] == f"no key from {host} (and 97 more like it): {limit}"


def test_default_context_checks_everything(tls, monkeypatch):
    """What a Receiver gets without saying anything."""
    made = []
    whole = ssl.create_default_context
    monkeypatch.setattr(
        ssl, "create_default_context", lambda *a, **k: made.append(whole(*a, **k)) or made[-1]
    )
    with running(tls, answer()) as server, pytest.raises(KeyUnavailable):
        Fetcher([server.host])(ask(server.url()))
    assert made[-1].check_hostname
    assert made[-1].verify_mode == ssl.CERT_REQUIRED

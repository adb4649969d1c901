"""examples/live_board, as its README starts it: over HTTP, and in a real browser."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from urllib.request import urlopen

import pytest

from hookkit import Request, providers
from hookkit.testing import Sender
from tests.browser import NARROW, WIDE, barriers, looking, overflows, until
from tests.examples.support import EXAMPLES, JSON, ending, free_port, post, wait_for

SETTINGS = {"GITHUB_SECRET": "the GitHub secret", "SENSOR_SECRET": "the sensor's secret"}
GITHUB, SENSOR = "/webhooks/github", "/webhooks/sensor"

WATCH = """
window.seen = {};
new MutationObserver(() => {
  for (const each of document.querySelectorAll("#events pre"))
    if (!(each.textContent in window.seen)) window.seen[each.textContent] = Date.now();
}).observe(document.getElementById("events"), {childList: true});
"""
LIVE = "document.getElementById('status').dataset.state === 'live'"
PATIENCE = 90


@contextmanager
def board(data, port, **settings):
    process = subprocess.Popen(
        [sys.executable, EXAMPLES / "live_board"],
        env=os.environ | SETTINGS | {"DATA": str(data), "PORT": str(port)} | settings,
    )
    with ending(process):
        wait_for(port, process)
        yield process


@pytest.fixture
def port(tmp_path):
    port = free_port()
    with board(tmp_path, port):
        yield port


def measure(port, value, token=SETTINGS["SENSOR_SECRET"]):
    body = json.dumps({"sensor": "boiler", "value": value}).encode()
    status, _ = post(port, SENSOR, Request("POST", {**JSON, "X-Webhook-Token": token}, body))
    return status


def push(port, payload):
    sender = Sender(providers.github, SETTINGS["GITHUB_SECRET"])
    status, _ = post(port, GITHUB, sender.request("push", payload))
    assert status == 200


def texts(page):
    """What is listed, the oldest first."""
    return page.locator("#events pre").all_inner_texts()[::-1]


@contextmanager
def watching(browser, port, size=WIDE):
    with looking(browser, size) as (page, errors):
        page.goto(f"http://127.0.0.1:{port}/")
        until(page, LIVE)
        page.evaluate(WATCH)
        yield page, errors


def test_three_events_appear_within_a_second_each(browser, port):
    """On all pages that watch. One may take longer, where this machine is busy with other tests."""
    with (
        watching(browser, port) as (page, errors),
        watching(browser, port, NARROW) as (other, more),
    ):
        took = []
        for value in (71.5, 72.0, 73.25):
            assert measure(port, value) == 200
            answered = time.time() * 1000
            text = json.dumps({"sensor": "boiler", "value": value})
            for each in (page, other):
                until(each, "text => text in window.seen", text)
                took.append(each.evaluate("text => window.seen[text]", text) - answered)
        assert sorted(took)[len(took) // 2] < 1000, took
        assert page.locator("#value").inner_text() == "73.25"
        assert page.locator("#counts").inner_text().split() == ["sensor", "3"]
        assert (errors, more) == ([], [])


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "360"])
def test_the_page_can_be_read_by_all(browser, port, size):
    for value in (1, 3, 2):
        measure(port, value)
    push(port, {"ref": "refs/heads/" + "x" * 300})
    with watching(browser, port, size) as (page, errors):
        until(page, "document.querySelectorAll('#events li').length === 4")
        assert barriers(page) == []
        assert not overflows(page)
        assert errors == []


def test_who_comes_late_sees_what_was_and_a_new_server_goes_on(browser, tmp_path):
    port = free_port()
    with board(tmp_path, port) as process:
        for value in range(3):
            measure(port, value)
        with watching(browser, port) as (page, _):
            until(page, "document.querySelectorAll('#events li').length === 3")
            process.send_signal(signal.SIGKILL)
            process.wait()
            until(page, f"!({LIVE})")
            with board(tmp_path, port):
                for value in range(3, 6):
                    measure(port, value)
                until(page, "document.querySelectorAll('#events li').length >= 6")
                assert [json.loads(text)["value"] for text in texts(page)] == [0, 1, 2, 3, 4, 5]


MARKUP = [
    "<script>window.hacked = true</script>",
    "<img src=x onerror='window.hacked = true'>",
    "</pre><b>bold</b>",
    "javascript:alert(1)\r\ndata: {}\n\nid: 99999\n\n\u2028\u2029\0",
]


def test_markup_is_shown_as_text(browser, port):
    for markup in MARKUP:
        push(port, {"message": markup, "value": markup, markup: [markup]})
    push(port, {"value": 1e300})
    push(port, {"value": True})
    with watching(browser, port) as (page, errors):
        count = len(MARKUP) + 2
        until(page, f"document.querySelectorAll('#events li').length === {count}")
        assert MARKUP[0] in texts(page)[0]
        assert page.evaluate("window.hacked") is None
        assert page.locator("#events").locator("script, img, b").count() == 0
        assert errors == []


@contextmanager
def stream(port, last=None):
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", "/events", headers=headers)
        with connection.getresponse() as response:
            yield response


def ids(response):
    """Of the messages, as they come."""
    for line in response:
        if line.startswith(b"id: "):
            yield int(line[4:])


def test_who_reconnects_at_any_time_misses_nothing_and_gets_nothing_twice(port):
    chance = random.Random(7)
    first = measure_receipt(port)
    found = [first]
    with ThreadPoolExecutor(4) as pool:
        sending = pool.map(lambda value: measure(port, value), range(100))
        while len(found) < 101:
            end = len(found) + chance.randint(1, 20)
            with stream(port, found[-1]) as response:
                for receipt in ids(response):
                    found.append(receipt)
                    if len(found) in (end, 101):
                        break
        assert list(sending) == [200] * 100
    assert found == list(range(first, first + 101))


def measure_receipt(port):
    """Send one, and give its receipt."""
    assert measure(port, -1) == 200
    with stream(port) as response:
        return next(ids(response))


@pytest.mark.parametrize("last", ["x", "-1", "1e9", "9" * 40, "\xb2"])
def test_a_place_that_is_none_is_the_beginning(port, last):
    assert measure(port, 1) == 200
    with stream(port, last) as response:
        assert response.status == 200
        assert next(ids(response)) == 1


def test_what_is_not_authentic_is_not_shown(port):
    assert measure(port, 1, token="wrong") == 401
    assert measure(port, 2) == 200
    with stream(port, 0) as response:
        assert next(ids(response)) == 1


def test_viewers_are_bounded_and_pages_are_guarded(tmp_path):
    port = free_port()
    with board(tmp_path, port, VIEWERS="1"), stream(port) as first:
        assert first.readline() == b"retry: 1000\n"
        assert first.headers["Cache-Control"] == "no-store"
        with stream(port) as second:
            assert (second.status, second.headers["Retry-After"]) == (503, "30")
            assert second.headers["X-Content-Type-Options"] == "nosniff"
        with urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as page:
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_it_ends_when_it_is_told_to_although_somebody_watches(tmp_path):
    port = free_port()
    with board(tmp_path, port) as process, stream(port) as response:
        assert response.readline() == b"retry: 1000\n"
        process.terminate()
        process.wait(timeout=PATIENCE)
    assert process.returncode in (0, -signal.SIGTERM)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((each, "") for each in SETTINGS),
        ("VIEWERS", "many"),
        ("PORT", "http"),
        ("PORT", "65536"),
        ("DATA", "/dev/null/data"),
    ],
)
def test_it_does_not_start_with_a_wrong_setting(tmp_path, name, value):
    result = subprocess.run(
        [sys.executable, EXAMPLES / "live_board"], check=False, capture_output=True, text=True,
        env=os.environ | SETTINGS | {"DATA": str(tmp_path), name: value}, timeout=PATIENCE,
    )  # fmt: skip
    assert result.returncode == 1
    assert (value if name == "DATA" else name) in result.stderr
    assert "Traceback" not in result.stderr

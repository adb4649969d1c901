"""Many processes with many threads post at once, with repeats, while others work: the counts are exact."""

from __future__ import annotations

import json
import multiprocessing
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from hookkit import Backoff, Inbox, Receiver, Request, providers
from tests.postgres import schema
from tests.sizes import size

SECRET = "a secret that nobody guesses"
PROCESSES, THREADS, EACH = 8, 8, size(in_ci=40, here=10)
REPEATS = 0.3


def _receiver(url: str) -> Receiver:
    inbox = Inbox(url, backoff=Backoff(attempts=3, first=0.0))
    receiver = Receiver(providers.stripe, secret=SECRET, inbox=inbox)
    receiver.on("*", name="note")(lambda event: None)
    receiver.on("*", name="count")(lambda event: None)
    return receiver


def _request(receiver: Receiver, event_id: str) -> Request:
    body = json.dumps({"id": event_id, "type": "invoice.paid"}).encode()
    return receiver.verifier.sign(Request("POST", {"Content-Type": "application/json"}, body))


def _post(url: str, number: int, begin, told) -> None:
    """One process: its events are also posted by its neighbour, and some of them again by itself."""
    receiver = _receiver(url)
    begin.wait()

    def post(thread: int) -> Counter:
        chance = random.Random(number * THREADS + thread)
        posted: Counter[str] = Counter()
        for at in range(EACH):
            if posted and chance.random() < REPEATS:
                event_id = chance.choice(list(posted))
            else:
                # Half of what is new here is new everywhere, half is posted by two processes at a time.
                shared = chance.random() < 0.5
                event_id = f"evt_{number // 2 if shared else f'own_{number}'}_{thread}_{at}"
            assert receiver.handle(_request(receiver, event_id)).status == 200
            posted[event_id] += 1
        return posted

    with ThreadPoolExecutor(THREADS) as pool:
        posted = sum(pool.map(post, range(THREADS)), Counter())
    told.put(dict(posted))
    receiver.inbox.close()


def _work(url: str, ending) -> None:
    receiver = _receiver(url)
    receiver.inbox.work(threads=2)
    ending.wait()
    receiver.inbox.close()


def check_counts(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    begin, ending, told = context.Barrier(PROCESSES), context.Event(), context.Queue()
    workers = [context.Process(target=_work, args=(url, ending)) for _ in range(2)]
    posting = [
        context.Process(target=_post, args=(url, number, begin, told))
        for number in range(PROCESSES)
    ]
    for each in (*workers, *posting):
        each.start()
    posted = sum((Counter(told.get(timeout=120)) for _ in posting), Counter())
    for each in posting:
        each.join()
        assert each.exitcode == 0
    ending.set()
    for each in workers:
        each.join()
        assert each.exitcode == 0
    receiver = _receiver(url)
    receiver.inbox.drain(most=10**6)
    counts = receiver.inbox.counts()
    receiver.inbox.close()
    assert sum(posted.values()) == PROCESSES * THREADS * EACH
    assert len(posted) < 0.75 * sum(posted.values())
    assert counts.deliveries == {"expanded": len(posted)}
    assert counts.duplicates == sum(posted.values()) - len(posted)
    assert counts.events == {"done": len(posted)}
    assert counts.works == {"done": 2 * len(posted)}


def test_postgres() -> None:
    with schema() as url:
        check_counts(url)


def test_sqlite(tmp_path) -> None:
    check_counts(f"sqlite:///{tmp_path}/hooks.db")

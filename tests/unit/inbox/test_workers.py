"""Threads that work while there is something to do, and end when they are told."""

import logging
import queue
import threading

import pytest

from hookkit.errors import InboxError
from hookkit.inbox.workers import MOST, QUICK, Workers, _next_most

PATIENCE = 90.0
NOTHING = object()


class Jobs:
    """What is there to do; each time the workers look is noted."""

    def __init__(self, *jobs):
        self._jobs = queue.SimpleQueue()
        for job in jobs:
            self.add(job)
        self.done = queue.SimpleQueue()
        self.looks = queue.SimpleQueue()

    def add(self, job):
        self._jobs.put(job)

    def work(self, most, going):
        try:
            job = self._jobs.get_nowait()
        except queue.Empty:
            self.looks.put(NOTHING)
            return 0
        self.done.put(job())
        return 1

    def results(self, number):
        return [self.done.get(timeout=PATIENCE) for _ in range(number)]


def _no_news(tell):
    return lambda: None


@pytest.fixture
def started():
    """Starts workers, and ends them after the test."""
    running = []

    def start(jobs, threads=1):
        running.append(Workers(jobs.work, threads, 0.05, _no_news))
        return running[-1]

    yield start
    for workers in running:
        assert workers.stop(PATIENCE)


def test_all_that_is_there_is_done(started):
    """Without being told of it."""
    jobs = Jobs(*(lambda n=n: n for n in range(5)))
    started(jobs)
    assert jobs.results(5) == list(range(5))


def test_what_comes_later_is_done(started):
    """When they are told; and also when they are not, as another process may have accepted it."""
    jobs = Jobs()
    workers = started(jobs)
    jobs.looks.get(timeout=PATIENCE)
    jobs.add(lambda: "told")
    workers.tell()
    assert jobs.results(1) == ["told"]
    jobs.add(lambda: "found")
    assert jobs.results(1) == ["found"]


def test_as_many_at_a_time_as_there_are_threads(started):
    """Each waits for the others to have begun."""
    together = threading.Barrier(3)
    jobs = Jobs(*[lambda: together.wait(PATIENCE)] * 3)
    started(jobs, threads=3)
    assert sorted(jobs.results(3)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("error", "level", "said"),
    [
        (InboxError("locked"), logging.WARNING, "the store cannot be had, trying again: locked"),
        (LookupError("unforeseen"), logging.ERROR, "does not know, and goes on"),
    ],
)
def test_what_goes_wrong_ends_no_worker(started, monkeypatch, caplog, error, level, said):
    """It is logged, and after a rest all goes on."""
    monkeypatch.setattr("hookkit.inbox.workers.AFTER_ERROR", 0.0)

    def fail():
        raise error

    jobs = Jobs(fail, lambda: "on")
    started(jobs)
    assert jobs.results(1) == ["on"]
    (record,) = caplog.records
    assert record.levelno == level
    assert said in record.getMessage()


def test_a_rest_ends_when_the_worker_is_to_end(monkeypatch):
    """However long it would be."""
    monkeypatch.setattr("hookkit.inbox.workers.AFTER_ERROR", 3600.0)
    failing = threading.Event()

    def fail(most, going):
        failing.set()
        raise InboxError

    workers = Workers(fail, 1, 0.05, _no_news)
    assert failing.wait(PATIENCE)
    assert workers.stop(PATIENCE)


def test_what_is_running_may_end():
    """Nothing more is begun."""
    begun, go = threading.Event(), threading.Event()

    def slow():
        begun.set()
        return go.wait(PATIENCE)

    jobs = Jobs(slow, lambda: "not begun")
    workers = Workers(jobs.work, 1, 0.05, _no_news)
    assert begun.wait(PATIENCE)
    assert not workers.stop(0.0)
    go.set()
    assert workers.stop(PATIENCE)
    assert jobs.results(1) == [True]
    assert jobs.done.empty()


@pytest.mark.parametrize(
    ("most", "done", "seconds", "next_most"),
    [
        pytest.param(1, 1, 0.01, 2, id="quick"),
        pytest.param(2, 2, 0.01, 4, id="quick again"),
        pytest.param(MOST, MOST, 0.01, MOST, id="not without end"),
        pytest.param(8, 3, 0.01, 8, id="there were no more"),
        pytest.param(8, 0, 0.01, 8, id="there was nothing"),
        pytest.param(8, 8, QUICK + 0.01, 1, id="slow"),
    ],
)
def test_what_is_quick_is_taken_several_at_a_time(most, done, seconds, next_most):
    """What is slow one at a time, so that nothing waits behind it while another worker has time."""
    assert _next_most(most, done, seconds) == next_most


def test_a_thread_asks_for_more_and_is_told_when_to_end():
    """Each time twice as many."""
    asked, enough = [], threading.Event()

    def work(most, going):
        asked.append((most, going()))
        if len(asked) == 4:
            enough.set()
        if len(asked) < 4:
            return most
        return 0 if going() else 1

    workers = Workers(work, 1, 0.05, _no_news)
    assert enough.wait(PATIENCE)
    assert workers.stop(PATIENCE)
    assert asked[:4] == [(1, True), (2, True), (4, True), (8, True)]


def test_being_told_too_often_is_no_error(started):
    """As many deliveries may come as are accepted while all are busy."""
    jobs = Jobs()
    workers = started(jobs, threads=2)
    for _ in range(100):
        workers.tell()
    jobs.add(lambda: "done")
    workers.tell()
    assert jobs.results(1) == ["done"]


def test_news_wakes_them_and_is_asked_for_no_more_when_they_end():
    """Of what other processes have accepted."""
    jobs, told = Jobs(), []

    def watch(tell):
        told.append(tell)
        return lambda: told.append("no more")

    workers = Workers(jobs.work, 1, 10_000.0, watch)
    jobs.looks.get(timeout=PATIENCE)
    jobs.add(lambda: "news")
    told[0]()
    assert jobs.results(1) == ["news"]
    assert workers.stop(PATIENCE)
    assert told[1:] == ["no more"]


def test_where_not_all_can_be_started_none_goes_on(monkeypatch):
    """They would belong to nobody, and each further delivery would leave some more."""
    started, told = [], []
    start = threading.Thread.start

    def start_two(thread):
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start_two)
        with pytest.raises(RuntimeError):
            Workers(Jobs().work, 4, 10_000.0, lambda tell: lambda: told.append("no more"))
    for thread in started:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert told == ["no more"]

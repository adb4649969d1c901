"""The simulation behind docs/scale.md, against what queueing theory and arithmetic say."""

import random

import pytest

from bench.bursts import Burst, Machine, committed, poisson, received, waits

ONE_BY_ONE = Machine(cores=1, receive=0.0, sync=0.008, each=0.002, most=1)


def mean_wait_before(arrivals: list[float], ends: list[float], service: float) -> float:
    return sum(end - service - arrival for arrival, end in zip(arrivals, ends, strict=True)) / len(
        ends
    )


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_one_at_a_time_waits_as_an_m_d_1_queue(load: float) -> None:
    """Poisson arrivals at one server of constant service time wait load * service / 2(1 - load)."""
    service = ONE_BY_ONE.sync + ONE_BY_ONE.each
    arrivals = list(poisson(random.Random(4), load / service, 0, 4000))
    waited = mean_wait_before(arrivals, list(committed(arrivals, ONE_BY_ONE)), service)
    assert waited == pytest.approx(load * service / 2 / (1 - load), rel=0.05)


def test_one_core_waits_as_an_m_d_1_queue() -> None:
    """The first station is such a queue, too, where there is one core."""
    machine = Machine(cores=1, receive=0.009, sync=0.0, each=0.001)
    arrivals = list(poisson(random.Random(5), 70, 0, 4000))
    waited = mean_wait_before(arrivals, list(received(arrivals, machine)), 0.010)
    assert waited == pytest.approx(0.7 * 0.010 / 2 / 0.3, rel=0.05)


def test_who_waits_together_is_committed_together() -> None:
    """What comes during a commit shares the next one, up to the most; each pays for all of its commit."""
    machine = Machine(cores=1, receive=0.0, sync=1.0, each=0.25, most=3)
    arrivals = [0.0, 0.1, 0.2, 0.3, 0.4, 9.0]
    assert list(committed(arrivals, machine)) == [1.25, 3.0, 3.0, 3.0, 4.25, 10.25]


def test_cores_receive_side_by_side() -> None:
    """Two at a time by two cores; the third waits for the first."""
    machine = Machine(cores=2, receive=1.0, sync=0.0, each=0.0)
    assert list(received([0.0, 0.25, 0.5], machine)) == [1.0, 1.25, 2.0]


def test_a_busy_writer_commits_at_its_limit() -> None:
    """With more than it can take it commits as many a second as `commits` says."""
    machine = Machine(cores=1, receive=0.0, sync=0.002, each=0.0001)
    ends = list(committed([0.0] * 256_000, machine))
    assert len(ends) / ends[-1] == pytest.approx(machine.commits)


@pytest.mark.parametrize(
    ("factor", "late"), [(10, 0.0), (40, 0.5)], ids=["within capacity", "twice the capacity"]
)
def test_a_burst_is_late_by_what_is_beyond_the_capacity(factor: float, late: float) -> None:
    """Below its capacity a machine is in time. At twice of it, the last of T seconds waits for T."""
    machine = Machine(cores=1, receive=0.0005, sync=0.002, each=0.0005)
    assert machine.capacity == pytest.approx(1000)
    burst = Burst(mean=50, factor=factor, seconds=20)
    found = waits(burst, machine, [10.0])
    assert found.late[10.0] == pytest.approx(late, abs=0.03)
    assert (found.longest > 1) == (late > 0)

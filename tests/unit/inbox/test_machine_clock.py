"""Time that nobody sets, the same in all processes of the machine."""

import subprocess
import sys
from pathlib import Path

from hookkit.inbox import machine_clock


def _in_another_process(expression):
    code = f"from hookkit.inbox import machine_clock; print({expression})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_seconds_are_those_of_all_processes():
    """One's lease can be judged by another."""
    before = machine_clock.seconds()
    between = float(_in_another_process("repr(machine_clock.seconds())"))
    assert before <= between <= machine_clock.seconds()


def test_a_start_of_the_machine_is_the_same_in_all_processes():
    """So that each knows the other's times for its own."""
    assert (
        machine_clock.boot() == machine_clock.boot() == _in_another_process("machine_clock.boot()")
    )


def test_where_the_system_does_not_tell_its_start(monkeypatch):
    """It is none, and always the same."""
    monkeypatch.setattr(machine_clock, "_BOOT_ID", Path("/nowhere/at/all"))
    assert machine_clock.boot() == ""


def test_without_a_known_start_time_is_by_the_calendar(monkeypatch):
    """As seconds since a start that is not known could not be told from those since another."""
    monkeypatch.setattr(machine_clock, "boot_is_known", False)
    monkeypatch.setattr(machine_clock.time, "time", lambda: 1_700_000_000.0)
    assert machine_clock.seconds() == 1_700_000_000.0

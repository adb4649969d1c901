"""examples/run.py, with an application that needs nothing: its first start, and how it ends."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from tests.examples.support import EXAMPLES

PROGRAM = """
import os, signal, sys, time

def leave(number, frame):
    time.sleep(1)  # longer than subprocess.run would let it live
    print("ended in its own time", flush=True)
    sys.exit(7)

signal.signal(signal.SIGINT, leave)
signal.signal(signal.SIGTERM, leave)
print(len(os.environ["SECRET"]), os.environ["PORT"], flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with run.py and the application, as it is outside of a clone; started once."""
    work = tmp_path_factory.mktemp("work")
    folder = work / "examples" / "sleeper"
    folder.mkdir(parents=True)
    shutil.copy(EXAMPLES / "run.py", folder.parent)
    (folder / "__main__.py").write_text("print('started')")
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "settings.env").write_text("# what it needs\nSECRET=\nPORT=8000\n")
    first = subprocess.run(command(work), check=True, capture_output=True, text=True)
    assert "installing what sleeper needs" in first.stdout
    assert first.stdout.endswith("started\n")
    (folder / "__main__.py").write_text(PROGRAM)
    return work


def command(work, name="sleeper"):
    return [sys.executable, work / "examples" / "run.py", name]


def start(work, **settings):
    """Its process, the leader of a group, as a shell would have it; and the first line that it says."""
    process = subprocess.Popen(
        command(work), env=os.environ | settings, text=True, stdout=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    return process, process.stdout.readline()


@pytest.mark.parametrize(
    ("kill", "number"), [(os.killpg, signal.SIGINT), (os.kill, signal.SIGTERM)],
    ids=["Ctrl-C in a terminal", "SIGTERM"],
)  # fmt: skip
def test_the_application_ends_in_its_own_time(work, kill, number):
    process, said = start(work)
    assert said == "48 8000\n"  # nothing is installed again
    kill(process.pid, number)
    rest, _ = process.communicate(timeout=90)
    assert rest == "ended in its own time\n"
    assert process.returncode == 7
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_what_is_set_outside_goes_first(work):
    process, said = start(work, PORT="8001")
    process.terminate()
    process.communicate(timeout=90)
    assert said == "48 8001\n"


def test_its_secrets_are_its_owners_alone(work):
    file = work / "examples" / "sleeper" / ".env"
    assert file.stat().st_mode & 0o077 == 0
    assert "SECRET=\n" not in file.read_text()


def test_what_cannot_be_installed_is_said(work, tmp_path):
    shutil.copytree(work / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".*"))
    (tmp_path / "examples" / "sleeper" / "requirements.txt").write_text(
        "./there-is-no-such-folder\n"
    )
    result = subprocess.run(command(tmp_path), check=False, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.endswith("pip could not install what sleeper needs\n")
    assert "Traceback" not in result.stderr


def test_another_name_is_answered_with_those_that_there_are(work):
    result = subprocess.run(command(work, "x"), check=False, capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stdout.endswith("one of: sleeper\n")

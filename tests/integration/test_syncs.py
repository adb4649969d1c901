"""How often the disk is made to sync, counted in the system's own library."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HERE = Path(__file__).parent

PROGRAM = """
    import ctypes, json, sys
    from concurrent.futures import ThreadPoolExecutor
    from hookkit import Inbox, Receiver, Request, providers

    at_once, each = 32, 50
    inbox = Inbox(f"sqlite:///{sys.argv[1]}")
    receiver = Receiver(providers.stripe, secret="s", inbox=inbox)
    receiver.on("*", name="note")(print)

    def send(number):
        body = json.dumps({"id": f"evt_{number}", "type": "invoice.paid"}).encode()
        plain = Request("POST", {"Content-Type": "application/json"}, body)
        assert receiver.handle(receiver.verifier.sign(plain)).status == 200

    syncs = ctypes.CDLL(None).counted_syncs
    syncs.restype = ctypes.c_long
    send(0)
    before = syncs()
    for number in range(1, 11):
        send(number)
    alone, before = (syncs() - before) / 10, syncs()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(send, range(100, 100 + at_once * each)))
    print(alone, (syncs() - before) / (at_once * each))
"""


@pytest.fixture(scope="module")
def counting(tmp_path_factory) -> str:
    """The path of the library that counts."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        if "CI" in os.environ:
            pytest.fail("there is no C compiler: install gcc")
        pytest.skip("needs Linux and a C compiler")
    library = tmp_path_factory.mktemp("shim") / "counting.so"
    command = [compiler, "-shared", "-fPIC", "-o", str(library), str(HERE / "counting.c"), "-ldl"]
    subprocess.run(command, check=True)
    return str(library)


def test_syncs_of_an_accept(counting, tmp_path):
    """One by one each has a sync of its own; of 32 at once at least five share one."""
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path / "hooks.db")],
        env={**os.environ, "LD_PRELOAD": counting},
        capture_output=True,
        text=True,
        check=True,
    )
    alone, at_once = map(float, ran.stdout.split())
    assert alone >= 1
    assert 0 < at_once <= 0.2

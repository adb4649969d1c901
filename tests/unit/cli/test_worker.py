import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from hookkit.cli import main
from hookkit.cli.targets import find, inbox_of, receiver_of
from hookkit.errors import ConfigError
from hookkit.testing import Sender

APP = textwrap.dedent(
    """
    import pathlib
    import time
    from hookkit import Inbox, Receiver, providers

    inbox = Inbox("sqlite:///hooks.db")
    unused = Inbox("sqlite://")
    stripe = Receiver(providers.stripe, secret="s", inbox=inbox)
    bare = Receiver(providers.github, secret="s")

    @stripe.on("*")
    def book(event):
        pathlib.Path("began").touch()
        time.sleep(0.5)
        pathlib.Path("ended").touch()
    """
)


@pytest.fixture
def app(tmp_path, monkeypatch):
    (tmp_path / "shop_hooks.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    module = sys.modules.pop("shop_hooks", None)
    if module is not None:
        module.inbox.close()
        module.unused.close()


def test_a_command_that_queues_runs_no_handler(tmp_path):
    """Also where the module, which is a server's, starts workers."""
    (tmp_path / "shop_hooks.py").write_text(f"{APP}\ninbox.start(threads=2)\n")
    send = (
        "import shop_hooks; from hookkit.testing import Client; shop_hooks.inbox.stop(); "
        "print(Client(shop_hooks.stripe).sender.request('invoice.paid') and "
        "shop_hooks.stripe.handle(Client(shop_hooks.stripe).sender.request('invoice.paid')).status)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", send], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "200\n"
    said = subprocess.run(
        [sys.executable, "-m", "hookkit", "inbox", "replay", "shop_hooks:inbox", "1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "0 queued: workers handle them\n"
    assert not (tmp_path / "began").exists()


def test_a_receiver_is_found_with_its_workers_stopped(app):
    """A repair accepts, and so would start them."""
    find("shop_hooks:inbox").start(threads=2)
    receiver = receiver_of("shop_hooks:stripe")
    receiver.handle(Sender(receiver.provider, "s").request("invoice.paid"))
    assert receiver.inbox.living_workers() == (0, 0)
    for target in ("shop_hooks:inbox", "sqlite:///x.db"):
        with pytest.raises(ConfigError, match="is no Receiver"):
            receiver_of(target)


@pytest.mark.parametrize("target", ["shop_hooks:inbox", "shop_hooks:stripe"])
def test_an_inbox_or_a_receiver(app, target):
    """Both lead to the inbox; the working directory is looked in."""
    assert inbox_of(target) is find("shop_hooks:inbox")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("shop_hooks", "module:name"),
        ("nowhere:inbox", "no module 'nowhere'"),
        ("shop_hooks:nothing", "no 'nothing'"),
        ("shop_hooks:bare", "no Receiver with an inbox"),
        ("shop_hooks:unused", "no receiver uses"),
    ],
)
def test_a_wrong_target_says_what_to_do(app, capsys, target, said):
    """In one line, with the exit status of wrong usage."""
    assert main(["worker", target]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os\n\nos.environ['NOT_SET']", "KeyError: 'NOT_SET'\n  in HERE, line 3"),
        (
            "x = (\n",
            "SyntaxError: '(' was never closed (shop_broken.py, line 1)\n  in HERE, line 1",
        ),
        (
            "\nimport nowhere_at_all",
            "ModuleNotFoundError: No module named 'nowhere_at_all'\n  in HERE, line 2",
        ),
        ("import json\njson.loads('{')", "line 1 column 2 (char 1)\n  in HERE, line 2"),
        ("import sys\nsys.exit(1)", "SystemExit: 1\n  in HERE, line 2"),
        ("assert False", "AssertionError\n  in HERE, line 1"),
        ("from hookkit import Inbox\nInbox('x://')", "ConfigError: "),
        (
            "class Odd(Exception):\n    def __str__(self): return 1 / 0\nraise Odd",
            "imported: Odd\n  in HERE, line 3",
        ),
        (
            "raise ValueError('a\\nb\\x1b[31m' + 'c' * 1000)",
            "ValueError: a\\nb\\x1b[31m" + "c" * 480 + "... (1020 characters)\n  in HERE, line 1",
        ),
    ],
)
@pytest.mark.parametrize("words", [["worker"], ["inbox", "alarms"]], ids=" ".join)
def test_an_application_that_cannot_be_imported_is_no_alarm(app, capsys, words, code, said):
    """What it raised is told, and where; the status is that of wrong usage."""
    (app / "shop_broken.py").write_text(code)
    assert main([*words, "shop_broken:inbox"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("hookkit: shop_broken cannot be imported: ")
    assert said.replace("HERE", str(app / "shop_broken.py")) in told
    assert len(told.splitlines()) <= 2


def test_what_an_application_raised_is_the_cause(app):
    """For who debugs it."""
    (app / "shop_broken.py").write_text("import nowhere_at_all")
    with pytest.raises(ConfigError) as raised:
        find("shop_broken:inbox")
    assert isinstance(raised.value.__cause__, ModuleNotFoundError)


def test_a_django_project_that_cannot_be_set_up_is_told(tmp_path):
    (tmp_path / "settings.py").write_text("1 / 0")
    said = subprocess.run(
        [sys.executable, "-m", "hookkit", "inbox", "alarms", "shop:inbox"],
        cwd=tmp_path,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    place = tmp_path / "settings.py"
    assert (said.returncode, said.stderr) == (
        2,
        "hookkit: the Django project of settings cannot be set up: "
        f"ZeroDivisionError: division by zero\n  in {place}, line 1\n",
    )


def test_a_django_project_is_set_up_first(tmp_path):
    """Its receivers may stand beside models, which cannot be imported before."""
    (tmp_path / "settings.py").write_text("INSTALLED_APPS = ['shop']")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "models.py").write_text(
        "from django.db import models\nclass Order(models.Model): pass"
    )
    (tmp_path / "shop" / "hooks.py").write_text(f"from .models import Order\n{APP}")
    said = subprocess.run(
        [sys.executable, "-m", "hookkit", "inbox", "stats", "shop.hooks:inbox"],
        cwd=tmp_path,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--threads", "0"], "argument --threads: '0': write a number from 1 on"),
        (["--threads", "-1"], "argument --threads: '-1': write a number from 1 on"),
        (["--grace=-1"], "argument --grace: '-1': write seconds, such as 30 or 0.5"),
        (["--grace", "nan"], "argument --grace: 'nan': write seconds"),
        (["--grace", "inf"], "argument --grace: 'inf': write seconds"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else None,
)
def test_a_number_that_makes_no_sense_is_refused(app, capsys, words, said):
    """Before anything works: a wait without end ended in an OverflowError."""
    with pytest.raises(SystemExit) as ended:
        main(["worker", "shop_hooks:inbox", *words])
    assert (ended.value.code, said in capsys.readouterr().err) == (2, True)


def test_usage_is_told(capsys):
    """Without a command, and where it is asked for."""
    for arguments, told in (([], "worker"), (["--version"], "hookkit 0.")):
        assert main(arguments) == 0
        assert told in capsys.readouterr().out
    for arguments, status in ((["worker"], 2), (["worker", "--help"], 0)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_worker_handles_and_drains(app, number):
    """What was accepted is handled; SIGTERM, or a closed terminal, lets what is running end."""
    _accept_one()
    worker = _worker(app)
    _wait_until_begun(app)
    worker.send_signal(number)
    _, said = worker.communicate(timeout=30)
    assert (worker.returncode, (app / "ended").exists()) == (0, True)
    assert "stripe (1 handler), 1 thread" in said
    assert find("shop_hooks:inbox").counts().events == {"done": 1}


def test_a_worker_drains_though_nobody_reads_what_it_says(app):
    """Ctrl-C strikes `tee`, too, of `hookkit worker … 2>&1 | tee log`."""
    _accept_one()
    worker = _worker(app)
    _wait_until_begun(app)
    worker.stderr.close()
    worker.send_signal(signal.SIGINT)
    assert worker.wait(30) == 0
    assert find("shop_hooks:inbox").counts().events == {"done": 1}


def test_a_worker_under_nohup_outlives_its_terminal(app):
    _accept_one()
    worker = _worker(app, "nohup")
    _wait_until_begun(app)
    worker.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(0.5)
    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=30)
    assert worker.returncode == 0


def _accept_one():
    inbox_of("shop_hooks:inbox")
    request = Sender(find("shop_hooks:stripe").provider, "s").request("a", {"id": "1"})
    assert find("shop_hooks:stripe").handle(request).status == 200


def _worker(folder, *under):
    command = [sys.executable, "-m", "hookkit", "worker", "shop_hooks:stripe", "--threads", "1"]
    return subprocess.Popen(
        [*under, *command],
        cwd=folder,
        env={**os.environ},
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_until_begun(folder):
    deadline = time.monotonic() + 30
    while not (folder / "began").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_bad_target_is_an_error_of_the_module(app):
    """As users of the module itself see it."""
    with pytest.raises(ConfigError):
        inbox_of("shop_hooks:bare")

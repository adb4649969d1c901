import importlib.metadata
import subprocess
import sys
from types import ModuleType

import pytest

import hookkit
from hookkit import providers

PUBLIC = [
    "Alarms",
    "Backoff",
    "Basic",
    "Bearer",
    "Choice",
    "ConfigError",
    "Discard",
    "Event",
    "First",
    "Form",
    "HMAC",
    "Handshake",
    "Header",
    "Headers",
    "HookkitError",
    "Inside",
    "Inbox",
    "JSON",
    "Joined",
    "Limits",
    "Number",
    "Numbered",
    "Outcome",
    "Parser",
    "Pointer",
    "Provider",
    "Query",
    "Raw",
    "Receiver",
    "Request",
    "RequestError",
    "Response",
    "RetryLater",
    "Router",
    "Text",
    "Token",
    "Unauthorized",
    "Verdict",
    "Verifier",
    "mount",
    "on",
    "providers",
]


def _run(code: str) -> list[str]:
    """The words that this program prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_public_names():
    """What users import, by hand, so that a change of it is a decision."""
    for each in (hookkit.Alarms, hookkit.Inbox):  # loaded when they are first used
        assert each.__module__.startswith("hookkit.inbox.")
    exported = [
        name
        for name, value in vars(hookkit).items()
        if not name.startswith("_") and (not isinstance(value, ModuleType) or value is providers)
    ]
    assert sorted(exported) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_each_name_says_what_it_is(name):
    """Every public name has a docstring of its own, ended by a full stop or an example."""
    value = getattr(hookkit, name)
    first = (value.__doc__ or "").strip().split("\n\n")[0]
    assert first.endswith((".", ":", "?")), first
    assert not first.startswith(f"{name}(")


def test_the_version_is_the_packages():
    """It is written in two places."""
    assert hookkit.__version__ == importlib.metadata.version("hookkit")


LATE = ["werkzeug", "asyncio", "email", "ssl", "sqlite3", "cryptography", "msgspec"]
LATE += ["typing_extensions", "urllib.parse", "ipaddress", "http", "zlib", "difflib"]
# What dataclasses and typing cost, and what they load; see docs/decisions/values-not-dataclasses.md.
LATE += ["dataclasses", "typing", "inspect", "ast", "dis", "datetime", "importlib.metadata"]

STARTS = {
    "import": "import hookkit",
    "receiver": """
# msgspec, where it is installed, is loaded with the first parser, and loads typing.
sys.modules["msgspec"] = sys.modules["msgspec.json"] = None
import hookkit

@hookkit.on("issues")
def opened(event): ...

github = hookkit.Receiver(hookkit.providers.github, secret="let-me-in", handlers=[opened])

@github.on("push")
def pushed(event): ...

@github.on("pull_request")
async def requested(event): ...

github.on("*")(print)
del sys.modules["msgspec"], sys.modules["msgspec.json"]
""",
}


@pytest.fixture(scope="module", params=STARTS)
def loaded(request) -> set[str]:
    """Modules that this start loads, beside what the interpreter had before."""
    start = STARTS[request.param]
    return set(
        _run(f"import sys; before = set(sys.modules)\n{start}\nprint(*set(sys.modules) - before)")
    )


@pytest.mark.parametrize("module", LATE)
def test_what_a_start_does_not_load(loaded, module):
    """What most receivers do not need, or not before the first request, costs them no start-up time."""
    assert module not in loaded


def test_an_import_loads_no_provider():
    """Each is loaded when it is first used."""
    code = "import sys, hookkit; print(*(n for n in sys.modules if n.startswith('hookkit.providers.')))"
    assert _run(code) == []


def test_an_import_starts_nothing():
    """No thread, no handler of a log: those are the application's."""
    code = (
        "import hookkit, logging, threading; "
        "print(threading.active_count(), len(logging.getLogger('hookkit').handlers), "
        "len(logging.getLogger().handlers))"
    )
    assert _run(code) == ["1", "0", "0"]


@pytest.mark.parametrize(
    "code",
    [
        "from hookkit import providers; providers.github",
        "from hookkit.providers import github",
        "import hookkit; hookkit.providers.github.scheme",
        "import hookkit.providers as p; p.github; p.github",
        "import hookkit.providers._github",
    ],
)
def test_one_provider_loads_no_other(code):
    """However it is asked for."""
    code += "\nimport sys; print(*(n for n in sys.modules if n.startswith('hookkit.providers.')))"
    assert _run(code) == ["hookkit.providers._github"]


def test_dir_and_a_misspelt_name_load_no_provider():
    """A look round costs nothing."""
    code = (
        "from hookkit import providers; dir(providers); providers.names(); hasattr(providers, 'githb')\n"
        "import sys; print(*(n for n in sys.modules if n.startswith('hookkit.providers.')))"
    )
    assert _run(code) == []


def test_a_provider_is_one_value():
    """The first and the second access, and the import, give the same."""
    code = (
        "from hookkit import Provider, providers\n"
        "first = providers.github\n"
        "from hookkit.providers import github\n"
        "second = providers.github\n"
        "print(first is second is github, type(github) is Provider, github.name)"
    )
    assert _run(code) == ["True", "True", "github"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("githb", "there is no provider 'githb'; did you mean 'github'?"),
        ("strpe", "there is no provider 'strpe'; did you mean 'stripe'?"),
        ("GitHub", "there is no provider 'GitHub'; did you mean 'github'?"),
        ("zzzzzzzz", "there is no provider 'zzzzzzzz'"),
        ("__wrapped__", "there is no provider '__wrapped__'"),
    ],
)
def test_a_misspelt_provider(name, said):
    """Is an AttributeError that says which is near."""
    with pytest.raises(AttributeError) as caught:
        getattr(providers, name)
    assert str(caught.value) == said
    assert caught.value.name == name
    assert not hasattr(providers, name)


def test_a_misspelt_provider_cannot_be_imported():
    """As with any module."""
    with pytest.raises(ImportError, match="githb"):
        from hookkit.providers import githb  # noqa: F401  # type: ignore[attr-defined]


def test_dir_names_every_provider():
    """For completion in a shell."""
    assert set(providers.names()) < set(dir(providers))
    assert dir(providers) == sorted(dir(providers))
    assert not [name for name in dir(providers) if name.startswith("_")]


def test_there_is_a_module_for_each_name_and_a_name_for_each_module():
    """The list for type checkers, the list for programs and the folder are one list."""
    from importlib.resources import files

    modules = {
        path.name.removesuffix(".py").removeprefix("_")
        for path in files("hookkit.providers").iterdir()
        if path.name.endswith(".py") and path.name != "__init__.py"
    }
    named = {getattr(providers, name).name for name in providers.names()}
    assert named == set(providers.names())
    # Further modules hold data and what several providers share.
    assert set(providers.names()) <= modules


def test_the_package_is_typed():
    """PEP 561: without the marker type checkers ignore its annotations."""
    from importlib.resources import files

    assert files("hookkit").joinpath("py.typed").is_file()

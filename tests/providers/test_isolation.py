"""One provider costs one provider: each is loaded alone, and handles its requests alone.

So neither start-up nor a request grows with the catalogue. Each table runs in an interpreter of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

from hookkit import providers

ROOT = Path(__file__).parents[2]
NAMES = providers.names()

FRESH = """
import json, sys
from hookkit import providers
from hookkit.providers import names

def loaded():
    return [name for name in names() if f"hookkit.providers._{name}" in sys.modules]

def forget():
    for name in names():
        sys.modules.pop(f"hookkit.providers._{name}", None)
        vars(providers).pop(name, None)
"""

LOADED = f"""{FRESH}
found = {{}}
for name in names():
    forget()
    getattr(providers, name)
    found[name] = loaded()
print(json.dumps([found, sorted(sys.modules)]))
"""

HANDLED = f"""{FRESH}
from hookkit import Receiver
from tests.providers.sampling import delivery_of, configured, secrets_for
found = {{}}
for name in names():
    forget()
    provider = configured(name)
    theirs = Receiver(provider, secret=secrets_for(provider)[0], clock=lambda: 1_790_000_000)
    signed = theirs.verifier.sign(delivery_of(name))
    answers = [theirs.handle(signed).status, theirs.handle(signed.replace(headers={{}})).status]
    found[name] = [loaded(), answers]
print(json.dumps(found))
"""

WITHOUT_EXTRAS = f"""{FRESH}
import re
from hookkit import ConfigError
from hookkit.facts import facts_of
from tests.providers.building import receiver_of, request_of
from tests.providers.sampling import configured, sample
rows = {{name: facts_of(configured(name)).extras for name in names()}}
optional = sys.argv[1:]
for module in [*optional, *sys.modules]:
    if module.partition(".")[0] in optional:
        sys.modules[module] = None
found = {{}}
for name in names():
    wanted = ""
    try:
        receiver_of(name, sample(name)).verifier.verify(request_of(sample(name)))
    except ConfigError as error:
        wanted = str(error)
    found[name] = [re.findall(r"hookkit\\[(\\w+)\\]", wanted), rows[name]]
print(json.dumps(found))
"""


@cache
def optional_modules() -> frozenset[str]:
    """Top-level modules of what the extras bring."""
    wanted = {
        requirement.partition(">")[0].partition("[")[0].strip().lower()
        for requirement in metadata.requires("hookkit") or ()
        if "extra ==" in requirement
    }
    return frozenset(
        module
        for module, found in metadata.packages_distributions().items()
        if wanted & {name.lower() for name in found}
    )


@cache
def printed(code: str) -> object:
    """What this program prints, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code, *sorted(optional_modules())],
        capture_output=True,
        cwd=ROOT,
        env={"PYTHONPATH": ":".join([str(ROOT), *sys.path])},
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_loads_no_other(name: str) -> None:
    """Its module and those that it shares with others, but no other provider's."""
    assert printed(LOADED)[0][name] == [name]


def test_no_provider_loads_an_optional_library() -> None:
    """Declaring a scheme needs none of them; using it may."""
    assert optional_modules() >= {"cryptography", "msgspec"}
    loaded = {module.partition(".")[0] for module in printed(LOADED)[1]}
    assert not loaded & optional_modules()


@pytest.mark.parametrize("name", NAMES)
def test_handling_a_request_loads_no_other_provider(name: str) -> None:
    """Neither a right delivery nor a refused one, so that their cost is one provider's."""
    loaded, answers = printed(HANDLED)[name]
    assert loaded == [name]
    assert answers[0] < 500
    assert answers[1] < 500


@pytest.mark.parametrize("name", NAMES)
def test_the_extras_that_it_needs_are_told(name: str) -> None:
    """Without them it says which to install, and the catalogue has said so before.

    Where this fails: the scheme's class needs ``extra = "..."``, see `hookkit.schemes.base.Described`.
    """
    missing, told = printed(WITHOUT_EXTRAS)[name]
    assert set(missing) <= set(told)
    assert bool(missing) is bool(told)

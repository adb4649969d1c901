import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from hookkit import keys

# The speed of the machine is not under test: no deadline, and slow generation is fine.
_BASE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("dev", _BASE, max_examples=25)
# Not derandomized: every CI run looks somewhere else, and the printed blob replays a find.
settings.register_profile("ci", _BASE, max_examples=200, derandomize=False, print_blob=True)
settings.register_profile("nightly", _BASE, max_examples=2000, print_blob=True)
# Always loaded, or hypothesis picks its own, derandomized `ci` where it sees CI=true.
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "dev")


@pytest.fixture(scope="session", autouse=True)
def labels_once() -> Iterator[None]:
    """Hash a secret for its label once, not for each of a thousand receivers: it is slow on purpose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "pbkdf2_hmac", cache(keys.pbkdf2_hmac))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of an empty schema in a Postgres, for libpq and, with `postgresql+psycopg`, for SQLAlchemy."""
    from tests.postgres import schema  # loads psycopg, which few tests want

    with schema() as url:
        yield url


# Of a module: as long as Playwright is there, an event loop runs in this thread, and no other can.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium; see `tests.browser` for what to do with it."""
    from tests.browser import chromium  # loads playwright, which few tests want

    with chromium() as browser:
        yield browser

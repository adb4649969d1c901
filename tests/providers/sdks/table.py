"""The vendors' libraries by the name of hookkit's provider."""

from __future__ import annotations

from tests.providers.sdks.apple import APPLE
from tests.providers.sdks.bodies import BODIES
from tests.providers.sdks.fields import FIELDS
from tests.providers.sdks.keys import KEYS
from tests.providers.sdks.sdk import SDK
from tests.providers.sdks.standard import STANDARD
from tests.providers.sdks.times import TIMES
from tests.providers.sdks.tokens import TOKENS
from tests.providers.sdks.urls import URLS

WRITTEN: dict[str, SDK] = BODIES | TIMES | STANDARD | URLS | KEYS | FIELDS | TOKENS | APPLE
SDKS = dict(sorted(WRITTEN.items()))

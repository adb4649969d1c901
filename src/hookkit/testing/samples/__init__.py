"""Sample payloads of the main events of the providers that are used most; made up for this project.

Each has the members that a handler of such an event looks at. What the provider has beyond that is in its
own pages. An event without a name is ``""``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from hookkit.testing.samples import code, commerce, messages, work

__all__ = ["SAMPLES", "sample"]

SAMPLES: Mapping[str, Mapping[str, dict[str, Any]]] = dict(
    sorted((code.SAMPLES | commerce.SAMPLES | messages.SAMPLES | work.SAMPLES).items())
)
"""By provider and event."""


def sample(provider: str, event: str | None) -> dict[str, Any]:
    """A payload of this event; of one that there is none of, an empty object."""
    found = SAMPLES.get(provider, {}).get(event or "", {})
    return copy.deepcopy(found)

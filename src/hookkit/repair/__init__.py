"""Gap repair: ask a provider's own list what it sent, and accept what never arrived.

`repairing` does it. `history` says what a list is, `github`, `stripe` and `svix` read one each, and
`by_provider` chooses among them. `client` asks the API; `api` makes questions and reads answers.
"""

from hookkit.repair.by_provider import history_of
from hookkit.repair.client import Client
from hookkit.repair.github import GitHubDeliveries
from hookkit.repair.history import Ask, Found, History, RepairFailed
from hookkit.repair.repairing import Repaired, repair
from hookkit.repair.stripe import StripeEvents
from hookkit.repair.svix import SvixMessages

__all__ = [
    "Ask",
    "Client",
    "Found",
    "GitHubDeliveries",
    "History",
    "RepairFailed",
    "Repaired",
    "StripeEvents",
    "SvixMessages",
    "history_of",
    "repair",
]

"""The durable inbox: accept once, lose nothing.

`inbox` is the composition. What a receiver takes goes through `intake`, under the keys of `dedupe` and less
what `credential_filter` and `redact` take out, into a `store`: `sqlite` or `postgres`, loaded when an inbox
names it, and encrypted by `sealed`. `workers` take `batches` of it and make `attempts`, under leases that
`heartbeat` renews. People look at it through `deliveries`, `feed` and `desk`; `ledger`, `alarms` and
`rotation` watch it.
"""

from hookkit.backoff import Backoff as Backoff
from hookkit.inbox.inbox import Inbox as Inbox
from hookkit.inbox.records import Counts as Counts
from hookkit.inbox.store import Store as Store

"""The durable inbox: accept once, lose nothing.

====================  ==========================================================================
`inbox`               the composition: accepts, has handlers run, keeps house
`intake`              one receiver's way in; `sources`: what the inbox knows of that receiver
`dedupe`              the keys by which a repeat is known; `sent_keys`: those with an unsigned id
`credential_filter`   takes credentials out of what is stored; `redact`: what `redact=` names
`records`             the values that go into a store and come out of it
`store`, `desk`       what every store does: for requests and workers; for people
`sqlite`, `postgres`  the two stores; `rows`, `json_text`, `gathering`, `futures`: what they share
`sealed`              a store whose contents are encrypted, by `sealing`
`workers`             threads that take `batches`, make `attempts`, under leases that `heartbeat` renews
`deliveries`, `feed`  what people and pages see; `export`: deliveries as lines of JSON
`ledger`, `book`      counts in memory, and where they are kept; `alarms` and `rotation` read them
`forks`, `bell`       what threads need to survive forks and signals; `machine_clock`: their time
====================  ==========================================================================

A store is loaded when an inbox names it.
"""

from hookkit.backoff import Backoff as Backoff
from hookkit.inbox.inbox import Inbox as Inbox
from hookkit.inbox.records import Counts as Counts
from hookkit.inbox.store import Store as Store

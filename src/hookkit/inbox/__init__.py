"""The durable inbox: accept once, lose nothing. A store is loaded when an inbox names it."""

from hookkit.backoff import Backoff as Backoff
from hookkit.inbox.inbox import Inbox as Inbox
from hookkit.inbox.records import Counts as Counts
from hookkit.inbox.store import Store as Store

"""An inbox in one file of SQLite, for one machine.

`store` is the whole of it: `accept` writes what comes, `desk` shows it and changes it for people, `lanes`
keep events in order. `writer` has those who write at the same time share a transaction, `queueing` the
processes take turns; `file` opens it and brings its schema up to date, `readings` are beside the writer's.
"""

from hookkit.inbox.sqlite.store import SQLiteStore

__all__ = ["SQLiteStore"]

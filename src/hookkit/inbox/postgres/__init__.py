"""An inbox in Postgres, for many machines.

`store` is the whole of it: `accepting` has those who come at the same time share a statement, which `fresh`
writes, or a transaction, which `accept` does; `desk` shows what is there and changes it for people, `lanes`
keep events in order, `news` wakes workers of other processes. `pool` has the connections, `schema` brings
the tables up to date.
"""

from hookkit.inbox.postgres.store import PostgresStore

__all__ = ["PostgresStore"]

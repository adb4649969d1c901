"""Django's database connections in threads of workers, outside of any request."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import close_old_connections

__all__ = ["fresh_connections"]


@contextmanager
def fresh_connections() -> Iterator[None]:
    """Do round a run of a handler what Django does round a request: close what is too old or broken.

    For ``around=`` of an `Inbox`, or of a `Receiver` in front of Django.
    """
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()

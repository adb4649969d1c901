"""What any `hookkit.inbox.store.Store` must do, as tests that run against yours.

Write for example, and let pytest run it::

    import time
    from hookkit.testing.contracts import StoreContract

    class TestMyStore(StoreContract):
        lease = 0.5                           # seconds; all times in the tests are multiples of it

        def make(self, folder):               # an empty store; `folder` is there to be used
            return MyStore(…)

        def another(self, store):             # the same data, as another process has it
            return MyStore(…)

        def wait(self, seconds):              # or set the clock forward that the store was given
            time.sleep(seconds)

The fixture `store` opens the store, and closes it and what `another` gave. It needs pytest, of course.
"""

from hookkit.testing.contracts.accepts import AcceptContract
from hookkit.testing.contracts.books import BookContract
from hookkit.testing.contracts.desks import DeskContract
from hookkit.testing.contracts.lanes import LaneContract
from hookkit.testing.contracts.upkeep import UpkeepContract
from hookkit.testing.contracts.works import WorkContract

__all__ = ["StoreContract"]


class StoreContract(
    DeskContract, BookContract, UpkeepContract, LaneContract, WorkContract, AcceptContract
):
    """All of the tests. Give `make`, `another` and `wait`."""

from hashlib import sha256

import pytest

from hookkit.hashing import AT_ONCE, LONG, feed


class Recorded:
    """A hash that notes how much it is fed at once."""

    def __init__(self):
        self.sizes = []

    def update(self, data, /):
        self.sizes.append(len(data))


@pytest.mark.parametrize("size", [0, 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE, LONG - 1, LONG, 100_000])
def test_all_of_it_is_hashed_in_its_order(size):
    """And after what was hashed before."""
    body = bytes(number % 251 for number in range(size))
    hashed = sha256(b"before")
    feed(hashed, body)
    assert hashed.digest() == sha256(b"before" + body).digest()


@pytest.mark.parametrize(
    ("size", "fed"),
    [
        (AT_ONCE, [AT_ONCE]),
        (AT_ONCE + 1, [AT_ONCE, 1]),
        (LONG - 1, [AT_ONCE] * 4 + [LONG - 1 - 4 * AT_ONCE]),
        (LONG, [LONG]),
    ],
)
def test_a_small_body_is_fed_in_pieces(size, fed):
    """Of which none lets other threads run; a large one is fed whole, so that they do."""
    recorded = Recorded()
    feed(recorded, bytes(size))
    assert recorded.sizes == fed

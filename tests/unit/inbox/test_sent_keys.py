"""Keys of what was sent are found by the id alone, and by no other."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookkit.inbox.sent_keys import after, begins, find, is_beginning, sent_beginning, sent_key

DIGEST = sha256(b"{}").hexdigest()
OTHER = sha256(b"[]").hexdigest()

IDS = st.one_of(
    st.text(st.sampled_from("ab:0"), min_size=1),
    st.builds(
        lambda sent_id, which: f"{sent_id}:{OTHER}:{which}", st.sampled_from("ab"), st.just("0")
    ),
    st.builds(lambda sent_id: f"{sent_id}:{OTHER}", st.sampled_from("ab")),
)


@given(IDS, IDS, st.sampled_from(["0", "17", "all"]))
def test_a_key_begins_with_its_own_id_only(sent_id, other, which):
    """Whatever colons and digests are in an id."""
    assert begins(sent_beginning(sent_id), sent_key(other, DIGEST, which)) is (sent_id == other)


@given(IDS, st.sampled_from(["0", "17", "all"]))
def test_it_stands_between_its_beginning_and_what_comes_after(sent_id, which):
    beginning = sent_beginning(sent_id)
    assert beginning < sent_key(sent_id, DIGEST, which) < after(beginning)


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        (sent_beginning("d-1"), True),
        (sent_beginning("a:b"), True),
        (sent_key("d-1", DIGEST, "0"), False),
        ("id:d-1:", False),  # an event's own id may end so
        ("repaired:d-1:", False),
        ("", False),
    ],
)
def test_what_is_a_beginning(key, is_one):
    assert is_beginning(key) is is_one


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["other", "id:1"], "exact"),
        ([sent_beginning("1")], "sent"),
        (["other", sent_beginning("2"), sent_beginning("1"), "id:1"], "sent"),
        ([sent_beginning("2")], None),
        ([], None),
    ],
)
def test_the_first_that_is_known(keys, found):
    known = {
        ("acme", "id:1"): "exact",
        ("acme", sent_key("1", DIGEST, "0")): "sent",
        ("other", sent_key("2", DIGEST, "0")): "another's",
    }
    assert find(known, "acme", keys) == found

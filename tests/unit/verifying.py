"""A scheme has two ways to verify, which must agree: with keys of the request, and with keys that stay."""

from hookkit import Limits
from hookkit.errors import Unauthorized
from hookkit.schemes.base import checking


def verify_both_ways(scheme, request, secrets, now, limits=None):
    """The verdict, or the refusal raised, after a check that either way gives the same."""
    keys, limits = tuple(map(scheme.prepare, secrets)), limits or Limits()
    check = checking(scheme, keys, limits)
    ways = [_outcome(scheme.verify, request, keys, now, limits), _outcome(check, request, now)]
    assert repr(ways[0]) == repr(ways[1])
    return scheme.verify(request, keys, now, limits)


def _outcome(verify, *given):
    try:
        return verify(*given)
    except Unauthorized as error:
        return error

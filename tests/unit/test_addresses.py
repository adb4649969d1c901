import re

import pytest

from hookkit import ConfigError
from hookkit.addresses import AllowList

NETWORKS = ["192.0.2.0/24", "198.51.100.7", "2001:db8::/32", "fe80::/10"]


@pytest.mark.parametrize(
    ("client", "there"),
    [
        ("192.0.2.0", True),
        ("192.0.2.255", True),
        ("192.0.3.0", False),
        ("192.0.1.255", False),
        ("198.51.100.7", True),
        ("198.51.100.8", False),
        ("2001:db8::1", True),
        ("2001:DB8:0:0::1", True),
        ("2001:db9::", False),
        ("::ffff:192.0.2.9", True),
        ("::ffff:c000:209", True),
        ("::ffff:192.0.3.9", False),
        ("::192.0.2.9", False),
        ("fe80::1%eth0", True),
        (None, False),
        ("", False),
        ("localhost", False),
        ("unix:", False),
        ("192.0.2.1 ", False),
        (" 192.0.2.1", False),
        ("192.0.2.1\n", False),
        ("192.0.2.1:443", False),
        ("192.0.2.01", False),
        ("192.0.2", False),
        ("0xc0.0.2.1", False),
        ("3221225985", False),
        ("192.0.2.1/24", False),
        ("192.0.2.1, 10.0.0.1", False),
        ("١٩٢.0.2.1", False),
        ("[2001:db8::1]", False),
        ("\ud800", False),
        ("1" * 10_000, False),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_client_in_the_networks(client, there):
    """The address itself, also where a socket for both families wraps it; never a guess at a text."""
    assert (client in AllowList(NETWORKS)) is there


@pytest.mark.parametrize(
    ("networks", "said"),
    [
        ([], "would refuse every delivery; leave it out"),
        (iter([]), "would refuse every delivery"),
        ("192.0.2.0/24", re.escape("is a list: write ['192.0.2.0/24']")),
        ("", "is a list"),
        (["192.0.2.1/24"], "host bits set; write it like 192.0.2.0/24"),
        (["github.com"], "'github.com' does not appear to be"),
        (["192.0.2.0/24", ""], "write it like 192.0.2.0/24"),
        (["192.0.2.0/33"], "write it like"),
        (["192.0.2.*"], "write it like"),
        ([None], "write it like"),
    ],
    ids=lambda value: repr(value) if isinstance(value, str | list) else "iterator",
)
def test_what_is_no_list_of_networks(networks, said):
    """Is refused when the receiver is built, with what to write."""
    with pytest.raises(ConfigError, match=said):
        AllowList(networks)


@pytest.mark.parametrize(
    "networks",
    [["0.0.0.0/0"], ("0.0.0.0/0",), iter(["0.0.0.0/0"])],
    ids=["list", "tuple", "iterator"],
)
def test_any_iterable_of_networks(networks):
    """A generator is read once, at construction."""
    allowed = AllowList(networks)
    assert "192.0.2.1" in allowed
    assert "192.0.2.1" in allowed
    assert "::1" not in allowed


@pytest.mark.parametrize(
    ("network", "there", "not_there"),
    [
        ("::ffff:192.0.2.0/120", ["192.0.2.0", "192.0.2.255", "::ffff:192.0.2.9"], ["192.0.3.0"]),
        ("::ffff:192.0.2.1", ["192.0.2.1"], ["192.0.2.2", "::192.0.2.1"]),
        ("::ffff:0:0/96", ["192.0.2.1", "::ffff:192.0.2.1"], ["::1", "2001:db8::1"]),
        ("::fffe:0:0/95", ["::fffe:1:1"], ["2001:db8::1"]),
    ],
)
def test_an_ipv4_network_that_is_written_as_ipv6(network, there, not_there):
    """It is the IPv4 network that it stands for, as a client's address is the one that it maps."""
    allowed = AllowList([network])
    assert all(client in allowed for client in there)
    assert not any(client in allowed for client in not_there)

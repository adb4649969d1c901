"""`AllowList`: the networks that a provider sends from."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from hookkit.errors import ConfigError

__all__ = ["AllowList"]


class AllowList:
    """Addresses in CIDR notation.

    Raises:
        ConfigError: there are none, or one is no network.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        if isinstance(networks, str):
            raise ConfigError(f"allow_from= is a list: write [{networks!r}]")
        try:
            self._networks = [_unmapped(ip_network(network)) for network in networks]
        except ValueError as error:
            raise ConfigError(f"allow_from: {error}; write it like 192.0.2.0/24") from None
        if not self._networks:
            raise ConfigError(
                "allow_from=[] would refuse every delivery; leave it out or name networks"
            )

    def __contains__(self, client: str | None) -> bool:
        try:
            address = ip_address(client or "")
        except ValueError:
            return False  # a UNIX socket has no address, and a proxy may hand over anything
        # A socket for both families shows an IPv4 client as ::ffff:192.0.2.1.
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._networks)


MAPPED = IPv6Network("::ffff:0:0/96")
"""RFC 4291 section 2.5.5.2: IPv4 addresses, written as IPv6 ones."""


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """The network of the addresses as a client's are compared: of IPv4, where it maps only those."""
    if isinstance(network, IPv4Network) or not network.subnet_of(MAPPED):
        return network
    return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))

"""Which internet addresses belong to the public internet, where a user's webhook may be."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

# What IANA's special-purpose registries (RFC 6890) keep for private networks, the machine itself, carriers, relays,
# tests and multicast. A table of our own, because `ipaddress.is_global` differs between releases of Python.
_SPECIAL_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Of IPv6 only this part is in public use. IPv4-mapped, NAT64, unique local, link-local and multicast addresses are
# outside; Teredo and 6to4, which carry an IPv4 address too, are in the second table.
_UNICAST_6: Final = IPv6Network("2000::/3")
_SPECIAL_6: Final = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether `address` is one machine on the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_4)
    return address in _UNICAST_6 and not any(address in network for network in _SPECIAL_6)

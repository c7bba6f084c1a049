from ipaddress import ip_address

from common.domain.notifications.addresses import is_public
from tests.support.rows import each_row


@each_row("address", of=["1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2001:4860:4860::8888"])
def test_machines_on_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@each_row(
    "address",
    "why",
    of=[
        ("169.254.169.254", "the metadata server"),
        ("127.0.0.1", "this machine"),
        ("0.0.0.0", "this machine, to connect()"),  # noqa: S104 nothing is bound
        ("10.64.0.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "inside a carrier"),
        ("192.0.0.8", "kept for protocols"),
        ("192.88.99.1", "a relay of 6to4"),
        ("198.18.0.1", "benchmarks"),
        ("203.0.113.7", "documentation"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("::", "this machine"),
        ("::1", "this machine"),
        ("::7f00:1", "IPv4-compatible"),
        ("::ffff:10.0.0.1", "IPv4-mapped"),
        ("::ffff:8.8.8.8", "IPv4-mapped"),
        ("64:ff9b::a9fe:a9fe", "NAT64 of the metadata server"),
        ("64:ff9b:1::7f00:1", "NAT64 of a network of one's own"),
        ("2002:a9fe:a9fe::1", "6to4 of the metadata server"),
        ("2001:0:a00:1::1", "Teredo"),
        ("2001:db8::1", "documentation"),
        ("fd00::1", "unique local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("fd20:ce::254", "the metadata server"),
    ],
)
def test_special_addresses_are_not_public(address: str, why: str) -> None:
    assert not is_public(ip_address(address)), why

"""Rules on partners: names, what a partner may speak of, and the overlap of a rotation."""

from collections.abc import Collection
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from yarl import URL

from amanah.contracts.areas import contains

OVERLAP = timedelta(hours=24)
"""Time for which an earlier secret stays valid after a rotation."""


_NAT64 = IPv6Network("64:ff9b::/96")


def name_key(name: str) -> str:
    """The form in which names are compared: without regard to case and to the number of blanks."""
    return " ".join(name.casefold().split())


def may_carry(area: str, prefixes: Collection[str], package_area: str, code: str) -> bool:
    """Tells if a partner of `area` may carry a package: their areas meet, and its code has one of the prefixes, if any."""
    meet = contains(area, package_area) or contains(package_area, area)
    return meet and (not prefixes or code.startswith(tuple(prefixes)))


def may_name(area: str, places: Collection[str], place_area: str, code: str) -> bool:
    """Tells if a partner of `area` may name a place: one of its `places`, or any of its area when it has none."""
    return code in places if places else contains(area, place_area) or contains(place_area, area)


def may_post_to(url: str, private_hosts: Collection[str]) -> bool:
    """Tells if a webhook may have this address: https, and no address that is not public; any of a host in `private_hosts`.

    The addresses that a name stands for are checked when it is connected to, each time.
    """
    try:
        parts = URL(url)
        host, port = parts.host, parts.port
    except ValueError:
        return False
    if not host or port is None or parts.user is not None or parts.password is not None or parts.fragment:
        return False
    if host in private_hosts:
        return parts.scheme in ("https", "http")
    if parts.scheme != "https" or host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return is_public(ip_address(host))
    except ValueError:
        return True


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tells if an address is on the public internet, whatever IPv6 form it is written in."""
    if isinstance(address, IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if embedded is not None:
            return is_public(embedded)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address.is_global and not address.is_multicast


def is_valid(until: datetime | None, now: datetime) -> bool:
    """Tells if a credential that ends at `until` is valid."""
    return until is None or until > now

"""Users of Kafka's brokers and what they may do: SCRAM credentials (KIP-554) and access rules (ACLs).

aiokafka has no requests for SCRAM credentials, and sends access rules one by one; both are declared here on its protocol types.
Other clients that have them (librdkafka) would be a second Kafka client in the house.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.admin import CreateAclsRequest_v1, DeleteAclsRequest_v1
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from amanah.contracts.errors import Unavailable
from amanah.contracts.kafka_accounts import KafkaAccount

_SCRAM_SHA_512 = 2
_TOPIC, _GROUP = 2, 3
_LITERAL, _PREFIXED = 3, 4
_READ, _WRITE = 3, 4
_ALLOW = 3
_ANY = 1
_NO_SECURITY = 54
_TEXT = CompactString("utf-8")


@dataclass(frozen=True)
class Applied:
    """Result of applying accounts. `enforced` is False for brokers without an authorizer, where everybody may do all."""

    users: int
    removed: tuple[str, ...]
    enforced: bool


async def apply_accounts(
    servers: str, accounts: Sequence[KafkaAccount], prefix: str, options: Mapping[str, Any]
) -> Applied:
    """Makes the brokers' users that begin with `prefix` these accounts: creates and renews them, and removes the others.

    Raises Unavailable when the brokers cannot be reached or refuse.
    """
    with _translated():
        admin = AIOKafkaAdminClient(bootstrap_servers=servers, **options)
        try:
            await admin.start()
            wanted = {account.name for account in accounts}
            removed = tuple(sorted(name for name in await _users(admin, prefix) if name not in wanted))
            enforced = await _remove_rules(admin, removed)
            await _change_users(admin, removed, accounts)
            enforced = await _create_rules(admin, accounts) and enforced
            return Applied(len(accounts), removed, enforced)
        finally:
            await admin.close()


async def _users(admin: AIOKafkaAdminClient, prefix: str) -> list[str]:
    answer = await admin._send_to_controller(_DescribeUsers())
    _check(answer.error_code)
    return [name for name, *_ in answer.results if name.startswith(prefix)]


async def _change_users(admin: AIOKafkaAdminClient, removed: Collection[str], accounts: Sequence[KafkaAccount]) -> None:
    if not removed and not accounts:
        return
    answer = await admin._send_to_controller(_AlterUsers(removed, accounts))
    for _, code, *_ in answer.results:
        _check(code)


async def _create_rules(admin: AIOKafkaAdminClient, accounts: Sequence[KafkaAccount]) -> bool:
    if not accounts:
        return True
    answer = await admin._send_to_controller(_CreateRules(accounts))
    return _enforced([code for code, *_ in answer.creation_responses])


async def _remove_rules(admin: AIOKafkaAdminClient, names: Collection[str]) -> bool:
    if not names:
        return True
    answer = await admin._send_to_controller(_DeleteRules(names))
    return _enforced([code for code, *_ in answer.filter_responses])


def _enforced(codes: Collection[int]) -> bool:
    """False when the brokers have no authorizer. Raises for any other error."""
    for code in codes:
        if code != _NO_SECURITY:
            _check(code)
    return _NO_SECURITY not in codes


def _check(code: int) -> None:
    if code:
        raise for_code(code)


def _principal(name: str) -> str:
    return f"User:{name}"


class _DescribeUsersResponse(Response):  # type: ignore[misc] # aiokafka ships no types for it
    API_KEY = 50
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("error_message", _TEXT),
        (
            "results",
            CompactArray(
                ("user", _TEXT),
                ("error_code", Int16),
                ("error_message", _TEXT),
                ("infos", CompactArray(("mechanism", Int8), ("iterations", Int32), ("tags", TaggedFields))),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _DescribeUsersStruct(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 50
    API_VERSION = 0
    RESPONSE_TYPE = _DescribeUsersResponse
    SCHEMA = Schema(("users", CompactArray(("name", _TEXT), ("tags", TaggedFields))), ("tags", TaggedFields))


class _DescribeUsers(Request[_DescribeUsersStruct]):  # type: ignore[misc]
    """DescribeUserScramCredentials of all users."""

    API_KEY = 50

    def build(self, request_struct_class: type[_DescribeUsersStruct]) -> _DescribeUsersStruct:
        return request_struct_class(None, {})


class _AlterUsersResponse(Response):  # type: ignore[misc]
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(("user", _TEXT), ("error_code", Int16), ("error_message", _TEXT), ("tags", TaggedFields)),
        ),
        ("tags", TaggedFields),
    )


class _AlterUsersStruct(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _AlterUsersResponse
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", _TEXT), ("mechanism", Int8), ("tags", TaggedFields))),
        (
            "upsertions",
            CompactArray(
                ("name", _TEXT),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterUsers(Request[_AlterUsersStruct]):  # type: ignore[misc]
    """AlterUserScramCredentials."""

    API_KEY = 51

    def __init__(self, removed: Collection[str], accounts: Sequence[KafkaAccount]) -> None:
        self._deletions: list[tuple[Any, ...]] = [(name, _SCRAM_SHA_512, {}) for name in removed]
        self._upsertions: list[tuple[Any, ...]] = [
            (each.name, _SCRAM_SHA_512, each.iterations, each.salt, each.salted_password, {}) for each in accounts
        ]

    def build(self, request_struct_class: type[_AlterUsersStruct]) -> _AlterUsersStruct:
        return request_struct_class(self._deletions, self._upsertions, {})


class _CreateRules(Request[CreateAclsRequest_v1]):  # type: ignore[misc]
    """CreateAcls for all accounts. Read and write include describe; a rule that exists is no error."""

    API_KEY = 30

    def __init__(self, accounts: Sequence[KafkaAccount]) -> None:
        self._rules = [
            (kind, name, pattern, _principal(account.name), "*", operation, _ALLOW)
            for account in accounts
            for kind, name, pattern, operation in (
                *((_TOPIC, topic, _LITERAL, _WRITE) for topic in account.writes),
                *((_TOPIC, topic, _LITERAL, _READ) for topic in account.reads),
                (_GROUP, account.groups, _PREFIXED, _READ),
            )
        ]

    def build(self, request_struct_class: type[CreateAclsRequest_v1]) -> CreateAclsRequest_v1:
        return request_struct_class(self._rules)


class _DeleteRules(Request[DeleteAclsRequest_v1]):  # type: ignore[misc]
    """DeleteAcls of all rules of users."""

    API_KEY = 31

    def __init__(self, names: Collection[str]) -> None:
        self._filters = [(_ANY, None, _ANY, _principal(name), None, _ANY, _ANY) for name in names]

    def build(self, request_struct_class: type[DeleteAclsRequest_v1]) -> DeleteAclsRequest_v1:
        return request_struct_class(self._filters)


@contextmanager
def _translated() -> Iterator[None]:
    """Translates every error of Kafka to `Unavailable`."""
    try:
        yield
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unavailable("unavailable.bus", error=type(error).__name__) from error

"""Every topic: its key, partitions, retention, producers and consumers. This table is the only place for them."""

from dataclasses import dataclass

DAY = 86_400_000


@dataclass(frozen=True)
class Topic:
    """One topic. `retention_ms` of -1 keeps everything.

    `append_time`: the broker sets a message's time, not its sender; for topics that outsiders write to.
    """

    name: str
    key: str
    partitions: int
    retention_ms: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    about: str
    append_time: bool = False


RECIPIENTS = Topic(
    "recipients.events.v1", "recipient, import or roster", 6, -1, ("recipients",), ("distribution", "reporting", "gateway"),
    "Changes of the register and of rosters",
)  # fmt: skip
DISTRIBUTION = Topic(
    "distribution.events.v1", "round, entitlement, package or case", 6, -1, ("distribution",), ("reporting", "gateway"),
    "Rounds, packages, handovers, cases and alerts",
)  # fmt: skip
REPORTING = Topic(
    "reporting.events.v1", "report", 3, 90 * DAY, ("reporting",), ("gateway",), "Reports made, and figures that changed"
)
ACCESS = Topic(
    "access.events.v1", "session or user", 3, -1, ("gateway",), ("gateway",), "Logins, reveals, denials, revoked access"
)
LOGISTICS_INTAKE = Topic(
    "logistics.intake.v1", "package code", 6, 30 * DAY, ("partners",), ("distribution",), "EPCIS 2.0 events of partners",
    append_time=True,
)  # fmt: skip
LOGISTICS_REJECTED = Topic(
    "logistics.rejected.v1", "partner", 3, 90 * DAY, ("distribution",), ("partners",),
    "Partner events that could not be taken, with the reason",
)  # fmt: skip
AUDIT_ENTRIES = Topic(
    "audit.entries.v1", "subject", 1, -1, ("recipients", "distribution", "reporting", "gateway", "audit"), ("audit",),
    "Audit entries; one partition, whose order is the log's",
)  # fmt: skip
AUDIT = Topic(
    "audit.events.v1", "log", 1, -1, ("audit",), ("distribution", "reporting"),
    "The log's own doings: the day's checkpoint, and alarms",
)  # fmt: skip

OWN = (RECIPIENTS, DISTRIBUTION, REPORTING, ACCESS, LOGISTICS_INTAKE, LOGISTICS_REJECTED, AUDIT_ENTRIES, AUDIT)


def partner_outcomes(partner_id: str) -> Topic:
    """The topic with the outcome of every event of one partner, who alone may read it besides operators."""
    return Topic(
        f"logistics.outcomes.{partner_id}.v1", "event id", 1, 30 * DAY, ("distribution",), ("partners",),
        "Outcome of each event of one partner",
    )  # fmt: skip


PARTNER_OUTCOMES = partner_outcomes("{partnerId}")
"""The form of these topics; each is created before the first message on it."""


def partner_topic(name: str) -> Topic | None:
    """The topic of a partner with this name; None for a name of another form."""
    before, after = PARTNER_OUTCOMES.name.split("{partnerId}")
    partner = name.removeprefix(before).removesuffix(after)
    return partner_outcomes(partner) if name == partner_outcomes(partner).name else None


def dead_letters(topic: str) -> str:
    """The name of the topic that takes what could not be consumed from `topic`."""
    return f"dlq.{topic}"


TOPICS: dict[str, Topic] = {t.name: t for t in OWN} | {
    dead_letters(t.name): Topic(
        dead_letters(t.name), t.key, 1, -1, t.consumers, ("operators",), f"Parked messages of {t.name}"
    )
    for t in OWN
    if t.consumers and t is not LOGISTICS_REJECTED
}

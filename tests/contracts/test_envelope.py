"""The envelope against the CloudEvents SDK, and against what is no envelope."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.envelope import BadEnvelope, Envelope

text = st.text(min_size=1, max_size=40)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(
    lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000, tzinfo=UTC)
)
envelopes = st.builds(
    Envelope,
    id=text,
    source=text,
    type=text,
    subject=st.text(max_size=40),
    time=moments,
    actor_id=text,
    actor_role=text,
    actor_area=text,
    authority=st.text(max_size=40),
    traceparent=st.just("") | st.just("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
)


def headers(**changed: str | None) -> list[tuple[str, bytes]]:
    """A good envelope's headers with some changed or, by None, left out."""
    good: dict[str, str | None] = {
        "ce_specversion": "1.0",
        "ce_id": "evt_1",
        "ce_source": "/amanah/recipients",
        "ce_type": "id.amanah.recipients.roster.approved.v1",
        "ce_time": "2026-11-24T04:00:00.000Z",
        "content-type": "application/json",
    }
    good.update({name.replace("content_type", "content-type"): value for name, value in changed.items()})
    return [(name, value.encode()) for name, value in good.items() if value is not None]


@given(envelopes)
def test_comes_back_as_it_went(envelope: Envelope) -> None:
    assert Envelope.from_headers(envelope.to_headers()) == envelope


@given(envelopes)
def test_the_sdk_reads_what_we_write(envelope: Envelope) -> None:
    message = KafkaMessage(headers=dict(envelope.to_headers()), key=b"ros_1", value=b'{"size": 3}')
    event = from_binary(message, JSONFormat(), CloudEvent)
    assert event.get_id() == envelope.id
    assert event.get_source() == envelope.source
    assert event.get_type() == envelope.type
    assert event.get_subject() == (envelope.subject or None)
    assert event.get_time() == envelope.time
    assert event.get_datacontenttype() == "application/json"
    assert event.get_extension("actorid") == envelope.actor_id
    assert event.get_extension("actorrole") == envelope.actor_role
    assert event.get_extension("actorarea") == envelope.actor_area
    assert event.get_extension("authority") == (envelope.authority or None)
    assert event.get_data() == {"size": 3}


@given(moments)
def test_we_read_what_the_sdk_writes(moment: datetime) -> None:
    event = CloudEvent(
        {
            "specversion": "1.0",
            "id": "evt_1",
            "source": "/partner",
            "type": "id.amanah.recipients.roster.approved.v1",
            "subject": "ros_1",
            "time": moment,
            "datacontenttype": "application/json",
            "actorid": "usr_1",
            "actorrole": "APPROVER",
            "actorarea": "32.75",
            "authority": "SK 12/2026",
        },
        {"size": 3},
    )
    message = to_binary(event, JSONFormat())
    envelope = Envelope.from_headers(message.headers.items())
    assert envelope.actor.id == "usr_1"
    assert (envelope.id, envelope.time, envelope.authority) == ("evt_1", moment, "SK 12/2026")
    assert (envelope.actor_role, envelope.actor_area, envelope.subject) == ("APPROVER", "32.75", "ros_1")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ce_specversion": None}, "not those of a CloudEvent"),
        ({"ce_specversion": "0.3"}, "1.0"),
        ({"ce_id": None}, "ce_id"),
        ({"ce_id": ""}, "ce_id"),
        ({"ce_source": None}, "ce_source"),
        ({"ce_type": None}, "ce_type"),
        ({"ce_time": None}, "ce_time"),
        ({"ce_time": "yesterday"}, "ce_time"),
        ({"ce_time": "2026-11-24T04:00:00"}, "ce_time"),
        ({"content_type": "text/csv"}, "content-type"),
    ],
)
def test_what_is_no_envelope_says_why(changed: dict[str, str | None], said: str) -> None:
    with pytest.raises(BadEnvelope, match=said):
        Envelope.from_headers(headers(**changed))


def test_headers_that_are_no_text() -> None:
    with pytest.raises(BadEnvelope, match="ce_subject"):
        Envelope.from_headers([*headers(), ("ce_subject", b"\xff\xfe")])


@given(st.lists(st.tuples(st.sampled_from([n for n, _ in headers()]) | text, st.binary(max_size=30))))
def test_any_headers_are_read_or_refused(given_headers: list[tuple[str, bytes]]) -> None:
    try:
        Envelope.from_headers(given_headers)
    except BadEnvelope:
        pass


def test_other_zones_and_a_charset_are_fine() -> None:
    envelope = Envelope.from_headers(
        headers(ce_time="2026-11-24T11:00:00+07:00", content_type="application/json; charset=utf-8")
    )
    assert envelope.time == datetime(2026, 11, 24, 11, tzinfo=timezone(timedelta(hours=7)))

"""Packages that hold what is needed, times in their order, and EPCIS documents that the standard would accept."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.logistics.gs1 import item_sku, package_code, place_code
from amanah.contracts.logistics.vocabulary import BIZ_STEPS, DISPOSITIONS
from amanah.demo.places import VILLAGES
from amanah.demo.program import GOODS, WIB, Timetable, leftover, loads
from amanah.demo.shipments import UNKNOWN_PACKAGE, documents, unknown_package

_BEGAN = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
_counts = st.fixed_dictionaries({v.code: st.integers(0, 400) for v in VILLAGES})


@given(_counts)
def test_the_packages_of_a_village_hold_enough_for_its_people(counted: dict[str, int]) -> None:
    held: Counter[str] = Counter()
    made = loads(counted)
    for load in made:
        held[load.village.code] += load.recipients
        assert load.recipients > 0
        assert load.contents == {good.sku: good.quantity * load.recipients for good in GOODS}
    assert held == Counter({code: count for code, count in counted.items() if count})
    assert len({load.code for load in made}) == len(made)
    assert all(n <= 2 for n in Counter(load.village.code for load in made).values())


@given(st.integers(1, 5000))
def test_goods_come_before_handovers_and_nothing_lies_in_the_future(queue: int) -> None:
    times = Timetable(_BEGAN, queue)
    moments = [
        times.shipped_at,
        times.arrived_at,
        times.received_at,
        times.handover(0),
        times.handover(queue - 1),
        _BEGAN,
    ]
    assert moments == sorted(moments)
    assert times.starts_on < times.shipped_at.astimezone(WIB).date() <= times.ends_on


def test_the_leftover_is_too_little_for_anybody() -> None:
    assert all(0 < leftover().contents[good.sku] < good.quantity for good in GOODS)
    assert leftover().code not in {load.code for load in loads({v.code: 400 for v in VILLAGES})}


def test_documents_name_known_things_in_the_words_of_the_standard() -> None:
    made = loads({v.code: 120 for v in VILLAGES})
    sent = documents(made, Timetable(_BEGAN, 120))
    ids = []
    for document in sent.values():
        assert document["type"] == "EPCISDocument"
        assert document["schemaVersion"] == "2.0"
        events = document["epcisBody"]["eventList"]
        assert [package_code(e["epcList"][0]) for e in events] == [load.code for load in made]
        for event in events:
            ids.append(event["eventID"])
            assert event["bizStep"] in BIZ_STEPS
            assert event["disposition"] in DISPOSITIONS
            assert event["eventTime"].endswith(event["eventTimeZoneOffset"])
            assert place_code(event["readPoint"]["id"])
            assert {item_sku(q["epcClass"]) for q in event["quantityList"]} == {good.sku for good in GOODS}
    assert len(set(ids)) == len(ids) == 3 * len(made)


def test_the_same_leg_is_the_same_event_whenever_it_is_sent() -> None:
    made, times = loads({VILLAGES[0].code: 10}), Timetable(_BEGAN, 10)
    assert documents(made, times) == documents(made, times)


def test_the_stranger_among_the_events_is_a_package_nobody_registered() -> None:
    made = loads({VILLAGES[0].code: 10})
    document = unknown_package(made[0], Timetable(_BEGAN, 10))
    assert package_code(document["epcisBody"]["eventList"][0]["epcList"][0]) == UNKNOWN_PACKAGE
    assert UNKNOWN_PACKAGE not in {load.code for load in made}

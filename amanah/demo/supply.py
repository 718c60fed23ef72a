"""Part 2: a round opens, officers are assigned, and the partner brings the goods to the villages."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from amanah.demo.context import DemoContext
from amanah.demo.places import DISTRICT, REGENCY, VILLAGES, name_of
from amanah.demo.program import ROUND, WAREHOUSE_AT, WAREHOUSE_CODE, Load, Timetable, delivery_point, leftover, loads
from amanah.demo.shipments import documents, unknown_package


async def open_round(context: DemoContext) -> None:
    """Opens a round over the roster and gives each officer a village."""
    users, state = context.users, context.state

    async def counted() -> Any:
        found = {}
        for village in VILLAGES:
            answer = await users.supervisor.ask(
                "Recipients", filter={"area": village.code, "status": "ACTIVE"}, first=1
            )
            found[village.code] = answer["recipients"]["totalCount"]
        return found

    async def began() -> Any:
        return datetime.now(UTC).isoformat(timespec="seconds")

    async def create_round() -> Any:
        times = timetable(context)
        payload = await users.supervisor.do(
            "CreateRound",
            programId=state.get("program"),
            rosterId=state.get("approved")["id"],
            name=ROUND,
            startsOn=times.starts_on.isoformat(),
            endsOn=times.ends_on.isoformat(),
        )
        return payload["round"]

    async def assign() -> Any:
        times = timetable(context)
        for officer, village in zip(users.officers, VILLAGES, strict=True):
            viewer = (await officer.ask("Viewer"))["viewer"]
            await users.supervisor.do(
                "AssignOfficer",
                roundId=state.get("round")["id"],
                officerId=viewer["id"],
                area=village.code,
                startsOn=times.starts_on.isoformat(),
                endsOn=times.ends_on.isoformat(),
            )
        return True

    await state.once("counted", counted)
    await state.once("began", began)
    opened = await state.once("round", create_round)
    context.screen.say(f"{users.supervisor.name} opened {opened['name']}, {opened['startsOn']} to {opened['endsOn']}")
    await state.once("assigned", assign)
    for officer, village in zip(users.officers, VILLAGES, strict=True):
        context.screen.say(f"{officer.name} (officer) serves {village.name}")


async def ship_goods(context: DemoContext) -> None:
    """Registers places and packages; the partner's events then move the goods, one of them sent twice, one wrong."""
    users, state, say = context.users, context.state, context.screen.say
    made, times = packages(context), timetable(context)

    async def create_places() -> Any:
        await users.supervisor.do("CreatePlaces", places=_places())
        return True

    async def create_packages() -> Any:
        await users.supervisor.do(
            "CreatePackages",
            roundId=state.get("round")["id"],
            packages=[
                {
                    "code": load.code,
                    "area": load.village.code,
                    "partner": users.partner.name,
                    "contents": [{"sku": sku, "quantity": str(q)} for sku, q in load.contents.items()],
                }
                for load in made
            ],
        )
        return True

    async def move() -> Any:
        sent = documents(made, times)
        first, document = next(iter(sent.items()))
        taken: set[str] = set()
        for name, body in (
            *sent.items(),
            (f"{first}, sent again", document),
            ("a package nobody registered", unknown_package(made[0], times)),
        ):
            events = (await users.partner.capture(body))["events"]
            results = Counter(" ".join(filter(None, (e["result"], e.get("code")))) for e in events)
            say(f"{users.partner.name} (partner), {name}: {', '.join(f'{n} {r}' for r, n in results.items())}")
            taken |= {e["eventId"] for e in events if e["result"] != "rejected"}
        return len(taken)

    await state.once("places", create_places)
    await state.once("packages", create_packages)
    say(f"{len(made)} packages for {sum(load.recipients for load in made)} families wait in the warehouse")
    count = await state.once("shipped", move)
    tracked = (await users.supervisor.ask("TrackPackage", code=made[0].code))["package"]
    steps = ", ".join(step["step"] for step in tracked["history"]["nodes"])
    say(
        f"{count} shipment events; package {tracked['code']} is {tracked['status']} at {tracked['place']['name']}: {steps}"
    )


def timetable(context: DemoContext) -> Timetable:
    """The times of this demo."""
    began = datetime.fromisoformat(context.state.get("began"))
    return Timetable(began, max(context.state.get("counted").values()))


def packages(context: DemoContext) -> list[Load]:
    """The packages of this demo, the leftover last."""
    return [*loads(context.state.get("counted")), leftover()]


def _places() -> list[dict[str, Any]]:
    warehouse = {
        "code": WAREHOUSE_CODE,
        "name": f"Gudang {name_of(REGENCY)}",
        "kind": "WAREHOUSE",
        "area": REGENCY,
        "location": {"latitude": WAREHOUSE_AT[0], "longitude": WAREHOUSE_AT[1]},
    }
    points = [
        {
            "code": delivery_point(village),
            "name": f"Balai Desa {village.name}, {name_of(DISTRICT)}",
            "kind": "DELIVERY_POINT",
            "area": village.code,
            "location": {"latitude": village.latitude, "longitude": village.longitude},
        }
        for village in VILLAGES
    ]
    return [warehouse, *points]

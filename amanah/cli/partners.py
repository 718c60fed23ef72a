"""`amanah partners`: registers logistics partners, rotates their credentials, suspends and resumes them.

It asks a running gateway by GraphQL, with the token of an administrator. Exit codes: 0 done, 1 refused, 2 the gateway cannot be
reached.
"""

import json
import sys
from typing import Annotated, Any

import aiohttp
import typer
import uvloop
from rich.console import Console
from rich.table import Table

from amanah.cli.simulate import simulate
from amanah.contracts.partners import CredentialKind

app = typer.Typer(no_args_is_help=True, help="Logistics partners: their records, credentials and limits.")

Url = Annotated[str, typer.Option(help="The gateway")]
Token = Annotated[str, typer.Option(envvar="AMANAH_TOKEN", help="An ADMIN's token")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text")]
Who = Annotated[str, typer.Argument(metavar="PARTNER", help="Id of the partner, or its name")]

_URL = "http://127.0.0.1:8000"
_WIDTH = 200
SANDBOX = "Sandbox"
_PARTNER = "id name area { code } status reason suspendedAt sandbox places packages subjects limits { eventsPerMinute pendingEvents } webhook { url active parkedAt }"
_CREDENTIALS = "credentials { kind name secret earlierUntil }"
_LIST = (
    "query($after: String) { partners(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { "
    + _PARTNER
    + " credentials { kind name since until } } } }"
)
_USES = {
    "OAUTH2": "client id and secret for POST /oauth2/token",
    "HMAC": "Amanah-Partner and key of signed requests",
    "WEBHOOK": "secret of the signatures of webhooks",
    "KAFKA": "user and password (SCRAM-SHA-512), after `amanah topics apply`",
}

Answer = dict[str, Any]


class _Refused(Exception):
    """The gateway refused; the text says why."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Registered name; no two partners have the same")],
    area: Annotated[str, typer.Option(help="Area in which it works, such as 32.01")],
    contact: Annotated[list[str] | None, typer.Option(help="Person or address to turn to; repeatable")] = None,
    place: Annotated[list[str] | None, typer.Option(help="Code of a place it may name; none: all of its area")] = None,
    packages: Annotated[list[str] | None, typer.Option(help="Prefix of package codes it may carry; none: all")] = None,
    subject: Annotated[list[str] | None, typer.Option(help="Id of a user who acts for it (usr_...)")] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Every check is made, and nothing counts")] = False,
    events_per_minute: Annotated[int | None, typer.Option(help="Most events a minute")] = None,
    pending_events: Annotated[int | None, typer.Option(help="Most events that may wait at any time")] = None,
    url: Url = _URL,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Register a partner and print its credentials, which are shown this once.

    Example: AMANAH_TOKEN=$(amanah token --role ADMIN --area 32) amanah partners add "PT Angkut" --area 32.01
    """
    limits = {"eventsPerMinute": events_per_minute, "pendingEvents": pending_events}
    given = {
        "name": name, "area": area, "contacts": contact or [], "places": place or [], "packages": packages or [],
        "subjects": subject or [], "sandbox": sandbox,
    }  # fmt: skip
    if given_limits := {field: value for field, value in limits.items() if value is not None}:
        given["limits"] = given_limits
    _show_account(_run(_Gateway(url, token).change("AddPartner", given, _CREDENTIALS), url), as_json)


@app.command("list")
def list_partners(url: Url = _URL, token: Token = "", as_json: AsJson = False) -> None:
    """List the partners of the administrator's area, the newest first.

    Example: AMANAH_TOKEN=$(amanah token --role ADMIN --area 32) amanah partners list
    """
    found = _run(_Gateway(url, token).partners(), url)
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    table = Table("partner", "id", "area", "status", "events/min", "places", "packages", "credentials", box=None)
    for each in found:
        status = each["status"] + (" (sandbox)" if each["sandbox"] else "")
        status += f": {each['reason']}" if each["reason"] else ""
        table.add_row(
            each["name"], each["id"], each["area"]["code"], status, str(each["limits"]["eventsPerMinute"]),
            " ".join(each["places"]) or "all", " ".join(f"{prefix}*" for prefix in each["packages"]) or "all",
            ", ".join(_credential(credential) for credential in each["credentials"]),
        )  # fmt: skip
    if found:
        Console(width=None if Console().is_terminal else _WIDTH, soft_wrap=True).print(table)
    else:
        print("No partners in this area.")


@app.command()
def rotate(
    partner: Who,
    kind: Annotated[CredentialKind, typer.Option(help="Which credential")],
    now: Annotated[bool, typer.Option("--now", help="End the earlier secret at once, not in 24 hours")] = False,
    url: Url = _URL,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Make a new secret of a partner and print it, this once. The earlier one stays valid for 24 hours.

    Example: amanah partners rotate "PT Angkut" --kind OAUTH2
    """
    given = {"kind": kind.value, "now": now}
    _show_account(
        _run(_Gateway(url, token).change_of(partner, "RotatePartnerCredential", given, _CREDENTIALS), url), as_json
    )


@app.command()
def suspend(
    partner: Who,
    reason: Annotated[str, typer.Option(help="Told to the partner, and part of the public audit log")],
    url: Url = _URL,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Suspend a partner: its requests and events are refused with the reason.

    Example: amanah partners suspend "PT Angkut" --reason "The contract ended on 2026-11-30."
    """
    _show_status(_run(_Gateway(url, token).change_of(partner, "SuspendPartner", {"reason": reason}), url), as_json)


@app.command()
def resume(partner: Who, url: Url = _URL, token: Token = "", as_json: AsJson = False) -> None:
    """End the suspension of a partner.

    Example: amanah partners resume "PT Angkut"
    """
    _show_status(_run(_Gateway(url, token).change_of(partner, "ResumePartner", {}), url), as_json)


@app.command()
def webhook(
    partner: Who,
    address: Annotated[str | None, typer.Option("--to", help="https address; without it, the one that is set")] = None,
    off: Annotated[bool, typer.Option("--off", help="Post nothing until it is set again")] = False,
    url: Url = _URL,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Post the outcomes of a partner's events to an address; a first one comes with a secret, which is shown this once.

    Also activates a webhook again that was parked. `rotate --kind WEBHOOK` makes a new secret.

    Example: amanah partners webhook "PT Angkut" --to https://partner.example/outcomes
    """
    answer = _run(_Gateway(url, token).set_webhook(partner, address, active=not off), url)
    if as_json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    found, hook = answer["partner"], answer["partner"]["webhook"]
    print(
        f"{found['name']} ({found['id']}): outcomes are {'posted' if hook['active'] else 'not posted'} to {hook['url']}"
    )
    for each in answer["credentials"]:
        print(f"{each['kind']}: {_USES[each['kind']]}\n  {each['secret']}\n\nThe secret is shown this once.")


app.command()(simulate)


class _Gateway:
    """The gateway at an address, asked with a token."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}

    async def ask(self, query: str, **variables: Any) -> Any:
        """The value of the one field of an operation. Raises _Refused."""
        body = {"query": query, "variables": variables}
        async with (
            aiohttp.ClientSession(headers=self._headers) as session,
            session.post(f"{self._url}/graphql", json=body) as response,
        ):
            answer = await response.json(content_type=None)
        if answer.get("errors"):
            raise _Refused(answer["errors"][0]["message"])
        (value,) = answer["data"].values()
        for error in value.get("userErrors") or ():
            raise _Refused(f"{error['code']}: {error['message']}")
        return value

    async def partners(self) -> list[Answer]:
        """All partners of the viewer's area."""
        found: list[Answer] = []
        after: str | None = None
        while True:
            page = await self.ask(_LIST, after=after)
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    async def change(self, command: str, given: Answer, more: str = "") -> Answer:
        """The answer to a mutation, by the name of its command."""
        field = command[0].lower() + command[1:]
        query = (
            f"mutation($input: {command}Input!) {{ {field}(input: $input) {{ partner {{ {_PARTNER} }} {more} "
            "userErrors { code message } } }"
        )
        answer: Answer = await self.ask(query, input=given)
        return answer

    async def change_of(self, partner: str, command: str, given: Answer, more: str = "") -> Answer:
        """The answer to a mutation of a partner, which is named by its id or its name."""
        if not partner.startswith("ptn_"):
            partner = (await self.partner(partner))["id"]
        return await self.change(command, {"partnerId": partner, **given}, more)

    async def partner(self, name: str) -> Answer:
        """The partner with this id or name. Raises _Refused."""
        wanted = " ".join(name.casefold().split())
        for each in await self.partners():
            if name == each["id"] or " ".join(each["name"].casefold().split()) == wanted:
                return each
        raise _Refused(f"No partner of this area is called {name}; `amanah partners list` shows them.")

    async def set_webhook(self, name: str, address: str | None, *, active: bool) -> Answer:
        """The partner after its webhook is set, with the secret if it is the first. Raises _Refused."""
        found = await self.partner(name)
        target = address or (found["webhook"] or {}).get("url")
        if target is None:
            raise _Refused("The partner has no webhook yet. Give its address with --to.")
        made: list[Answer] = []
        if active and all(each["kind"] != CredentialKind.WEBHOOK for each in found["credentials"]):
            rotate = {"partnerId": found["id"], "kind": CredentialKind.WEBHOOK.value}
            made = (await self.change("RotatePartnerCredential", rotate, _CREDENTIALS))["credentials"]
        given = {"partnerId": found["id"], "webhook": {"url": target, "active": active}}
        answer = await self.change("ChangePartner", given)
        return {"partner": answer["partner"], "credentials": made}

    async def issue_token(self, client_id: str, secret: str) -> str:
        """A partner's token. Raises _Refused."""
        headers = {"Authorization": aiohttp.encode_basic_auth(client_id, secret)}
        form = {"grant_type": "client_credentials"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{self._url}/oauth2/token", data=form) as response,
        ):
            answer = await response.json(content_type=None)
        if "access_token" not in answer:
            raise _Refused(f"{answer.get('code')}: {answer.get('error_description')}")
        return str(answer["access_token"])


def _run(work: Any, url: str) -> Any:
    try:
        return uvloop.run(work)
    except _Refused as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        print(f"{url} cannot be reached ({error}); is `amanah up` running?", file=sys.stderr)
        raise typer.Exit(2) from None


def _credential(credential: Answer) -> str:
    until = f" (until {credential['until']})" if credential["until"] else ""
    return f"{credential['kind']}{until}"


async def make_sandbox(url: str, token: str) -> str:
    """Registers the partner "Sandbox" once, and returns what to print of it: the secrets and a token the first time.

    Raises _Refused.
    """
    gateway = _Gateway(url, token)
    for each in await gateway.partners():
        if each["name"] == SANDBOX:
            return f"Partner {SANDBOX} ({each['id']}); `amanah partners rotate {SANDBOX} --kind OAUTH2` makes a new secret."
    made = await gateway.change("AddPartner", {"name": SANDBOX, "area": "ID", "sandbox": True}, _CREDENTIALS)
    secrets = {each["kind"]: each["secret"] for each in made["credentials"]}
    identifier = made["partner"]["id"]
    bearer = await gateway.issue_token(identifier, secrets["OAUTH2"])
    lines = [f"Partner {SANDBOX} ({identifier}), shown this once:"]
    lines += [f"  {kind} {secret}" for kind, secret in secrets.items()]
    return "\n".join([*lines, f"  TOKEN {bearer}", "  (the token is valid for an hour; docs/partners/accounts.md)"])


def _show_account(answer: Answer, as_json: bool) -> None:
    if as_json:
        print(
            json.dumps(
                {"partner": answer["partner"], "credentials": answer["credentials"]}, indent=2, ensure_ascii=False
            )
        )
        return
    partner = answer["partner"]
    print(f"{partner['name']} ({partner['id']}), area {partner['area']['code']}: {partner['status']}\n")
    for each in answer["credentials"]:
        print(f"{each['kind']}: {_USES[each['kind']]}")
        print(f"  {each['name']}\n  {each['secret']}")
        if each["earlierUntil"]:
            print(f"  The earlier secret stays valid until {each['earlierUntil']}.")
    print(
        "\nSecrets are shown this once. Give them to the partner on a safe way; `amanah partners rotate` makes new ones."
    )


def _show_status(answer: Answer, as_json: bool) -> None:
    partner = answer["partner"]
    if as_json:
        print(json.dumps(partner, indent=2, ensure_ascii=False))
    else:
        print(
            f"{partner['name']} ({partner['id']}): {partner['status']}"
            + (f", {partner['reason']}" if partner["reason"] else "")
        )

"""`amanah import`: submits a recipient list through the public API."""

import asyncio
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer
import uvloop

_UPLOAD = """mutation($input: CreateUploadInput!) { createUpload(input: $input) {
  upload { id url method headers { name value } } userErrors { code message } } }"""
_IMPORT = """mutation($input: ImportRecipientsInput!) { importRecipients(input: $input) {
  import { id } userErrors { code message } } }"""
_STATE = """query($id: ID!) { node(id: $id) { ... on RecipientImport { status rowsTotal rowsAccepted rowsRejected
  rowsDuplicate problems(first: 100) { totalCount nodes { row column code message } } } } }"""


class _Refused(Exception):
    """The server refused the list; the text has the reason."""


def import_list(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX")],
    source: Annotated[str, typer.Option(help="Source of the list, such as an office; the file name by default")] = "",
    url: Annotated[str, typer.Option(help="Address of the gateway")] = "http://127.0.0.1:8000",
    token: Annotated[str, typer.Option(envvar="AMANAH_TOKEN", help="Token of a REGISTRAR")] = "",
) -> None:
    """Upload a recipient list, wait until every row is checked, and print the problems of each row.

    Another person then approves the list. Example: AMANAH_TOKEN=$(amanah token --role REGISTRAR --area 32.01) amanah import
    penerima.xlsx --source "Dinas Sosial"
    """
    try:
        uvloop.run(_import(file, source or file.name, url, token))
    except _Refused as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    except (aiohttp.ClientError, OSError) as error:
        print(f"Cannot reach {url} ({error}). Start it with `amanah up`, or give another --url.", file=sys.stderr)
        raise typer.Exit(2) from None


async def _import(file: Path, source: str, url: str, token: str) -> None:
    content = file.read_bytes()
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask(query: str, **variables: Any) -> dict[str, Any]:
            async with session.post(f"{url}/graphql", json={"query": query, "variables": variables}) as response:
                body = await response.json(content_type=None)
            if body.get("errors"):
                raise _Refused(body["errors"][0]["message"])
            (answer,) = body["data"].values()
            for error in (answer or {}).get("userErrors") or ():
                raise _Refused(f"{error['code']}: {error['message']}")
            return answer or {}

        upload = (
            await ask(
                _UPLOAD,
                input={
                    "purpose": "RECIPIENT_LIST",
                    "filename": file.name,
                    "contentType": "application/octet-stream",
                    "size": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                },
            )
        )["upload"]
        put = {h["name"]: h["value"] for h in upload["headers"]}
        async with aiohttp.ClientSession() as plain, plain.put(upload["url"], data=content, headers=put) as response:
            if response.status >= 300:
                raise _Refused(f"The object store answered {response.status}. Try again, then ask the operator.")
        started = (await ask(_IMPORT, input={"uploadId": upload["id"], "source": source}))["import"]
        await _follow(started["id"], ask)


async def _follow(import_id: str, ask: Any) -> None:
    began = time.monotonic()
    while (state := await ask(_STATE, id=import_id)).get("status") == "RUNNING":
        print(f"\r{state['rowsTotal']} rows read", end=os.linesep if not sys.stderr.isatty() else "", file=sys.stderr)
        await asyncio.sleep(0.5 if time.monotonic() - began < 30 else 2)
    for problem in state["problems"]["nodes"]:
        print(f"row {problem['row']}, {problem['column']}: {problem['code']}: {problem['message']}")
    print(
        f"{import_id} {state['status']}: {state['rowsTotal']} rows, {state['rowsAccepted']} accepted, "
        f"{state['rowsRejected']} rejected, {state['rowsDuplicate']} duplicates"
    )
    if state["status"] == "FAILED":
        raise _Refused("The import failed; no row was accepted. Check the file and import it again.")

"""The cast: one person a task, each with the role and the area that the task needs. All of them are invented."""

from collections.abc import Callable
from dataclasses import dataclass

from amanah.demo.client import Api, Person
from amanah.demo.places import DISTRICT, REGENCY, VILLAGES

Issue = Callable[[str, str, str], str]
"""Gives a token of the trial issuer for a role, an area and a name."""

NEIGHBOUR = "32.05"
"""Another regency, whose people have no business in this one."""


@dataclass(frozen=True)
class Cast:
    """The people of the story. `officers` stand in the order of VILLAGES, one for each."""

    admin: Person
    registrar: Person
    registrar_as_approver: Person
    verifier: Person
    approver: Person
    supervisor: Person
    officers: tuple[Person, ...]
    idle_officer: Person
    partner: Person
    auditor: Person
    recipient: Person
    stranger: Person

    @property
    def roles(self) -> dict[str, str]:
        """A token for each role, for who wants to look around."""
        people = (
            self.admin, self.registrar, self.verifier, self.approver, self.supervisor, self.officers[0], self.partner,
            self.auditor, self.recipient,
        )  # fmt: skip
        return {person.role: person.token for person in people}


def gather(api: Api, issue: Issue) -> Cast:
    """Everybody with a token. The registrar also holds an approver's role, to try and approve their own work."""

    def person(role: str, area: str, name: str) -> Person:
        return Person(api, name, role, issue(role, area, name))

    officers = ("Ucup Contoh", "Neneng Contoh", "Markus Contoh", "Sri Contoh")
    return Cast(
        admin=person("ADMIN", "ID", "Ani Contoh"),
        registrar=person("REGISTRAR", REGENCY, "Rani Contoh"),
        registrar_as_approver=person("APPROVER", REGENCY, "Rani Contoh"),
        verifier=person("VERIFIER", DISTRICT, "Vino Contoh"),
        approver=person("APPROVER", REGENCY, "Hasan Contoh"),
        supervisor=person("SUPERVISOR", REGENCY, "Yulia Contoh"),
        officers=tuple(person("OFFICER", v.code, name) for v, name in zip(VILLAGES, officers, strict=True)),
        idle_officer=person("OFFICER", DISTRICT, "Iwan Contoh"),
        partner=person("LOGISTICS", REGENCY, "Angkutan Contoh"),
        auditor=person("AUDITOR", "ID", "Agus Contoh"),
        recipient=person("RECIPIENT", VILLAGES[0].code, "Warga Contoh"),
        stranger=person("SUPERVISOR", NEIGHBOUR, "Tono Contoh"),
    )

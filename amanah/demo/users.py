"""Users of the demo: one person a task, each with the role and the area that the task needs. All are invented."""

from collections.abc import Callable
from dataclasses import dataclass

from amanah.demo.client import Api, ApiUser
from amanah.demo.places import DISTRICT, REGENCY, VILLAGES

Issue = Callable[[str, str, str], str]
"""Gives a token of the trial issuer for a role, an area and a name."""

NEIGHBOUR = "32.05"
"""Another regency, whose people have no business in this one."""


@dataclass(frozen=True)
class DemoUsers:
    """Users of the story. `officers` stand in the order of VILLAGES, one for each."""

    admin: ApiUser
    registrar: ApiUser
    registrar_as_approver: ApiUser
    verifier: ApiUser
    approver: ApiUser
    supervisor: ApiUser
    officers: tuple[ApiUser, ...]
    idle_officer: ApiUser
    partner: ApiUser
    auditor: ApiUser
    recipient: ApiUser
    stranger: ApiUser

    @property
    def tokens(self) -> dict[str, str]:
        """A token for each role."""
        people = (
            self.admin, self.registrar, self.verifier, self.approver, self.supervisor, self.officers[0], self.partner,
            self.auditor, self.recipient,
        )  # fmt: skip
        return {person.role: person.token for person in people}


def create_users(api: Api, issue: Issue) -> DemoUsers:
    """Creates every user with a token. The registrar also holds an approver's role, to try and approve their own work."""

    def person(role: str, area: str, name: str) -> ApiUser:
        return ApiUser(api, name, role, issue(role, area, name))

    officers = ("Ucup Contoh", "Neneng Contoh", "Markus Contoh", "Sri Contoh")
    return DemoUsers(
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

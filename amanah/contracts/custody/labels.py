"""Codes for future packages, and labels to print."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.distribution import MOVERS, DistributionRequest
from amanah.contracts.message import Answer, Moment, Sha256


class CodeScheme(StrEnum):
    """Scheme of package codes: SSCC with the GS1 prefix of a company, or OWN with a check character."""

    SSCC = "SSCC"
    OWN = "OWN"


class PackageCodes(Answer):
    """Fresh codes, none given out before and none in use."""

    codes: tuple[str, ...] = ()


class IssuePackageCodes(DistributionRequest[PackageCodes]):
    """Issues codes: SSCC with the company's GS1 prefix, or OWN, with a check character. Each call issues new ones.

    Refuses with `company_prefix` for SSCC without a prefix of 6 to 12 digits, and `codes_exhausted` when none are left.
    """

    roles: ClassVar[frozenset[Role]] = MOVERS
    changes: ClassVar[bool] = True
    round_id: str
    count: int = Field(ge=1, le=1000)
    scheme: CodeScheme
    company_prefix: str | None = Field(default=None, max_length=12, description="GS1 company prefix, for SSCC.")


class LabelSheets(Answer):
    """Labels as a PDF file, ten on a sheet of A4."""

    url: str = Field(description="Address of the file until it expires.")
    sha256: Sha256
    expires_at: Moment
    count: int


class MakePackageLabels(DistributionRequest[LabelSheets]):
    """Labels of packages of a round, in the order of the request. `package_unknown` for one the viewer does not see in the round."""

    roles: ClassVar[frozenset[Role]] = MOVERS
    changes: ClassVar[bool] = True
    round_id: str
    codes: tuple[str, ...] = Field(
        min_length=1, max_length=1000, description="Codes of packages, in the order to print."
    )

"""Licence expressions (PEP 639, SPDX), over the packaging library."""

from packaging.licenses import (
    InvalidLicenseExpression,
    canonicalize_license_expression,
)

from pysetup.errors import UsageError


class InvalidLicenseError(UsageError):
    """A licence expression is not a valid SPDX expression (PEP 639).

    It names licences of the SPDX list joined by AND, OR and WITH, for example
    ``MIT`` or ``Apache-2.0 OR BSD-3-Clause``; own ones begin with ``LicenseRef-``.
    """

    code = "PS2108"

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(
            f"{expression[:120]!r} is not an SPDX licence expression: {reason}",
            hints=("see https://spdx.org/licenses/ for the identifiers",),
        )


def canonical_license(expression: str) -> str:
    """Return the canonical spelling; raises ``InvalidLicenseError``."""
    try:
        return str(canonicalize_license_expression(expression))
    except InvalidLicenseExpression as error:
        raise InvalidLicenseError(expression, str(error)) from None

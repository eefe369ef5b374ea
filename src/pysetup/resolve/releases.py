"""Which pre-releases are in play: PEP 440's rule, or a stricter or wider one."""

from typing import Literal

from pysetup.values import dataclass

# What a user may say of pre-releases. "if-necessary" is PEP 440: where a requirement
# names one, or where nothing else fits it. "explicit": only where one of the user's own
# requirements names one. "if-necessary-or-explicit": there, and where a project has no
# final release at all.
PrereleaseMode = Literal[
    "if-necessary",
    "allow",
    "disallow",
    "explicit",
    "if-necessary-or-explicit",
]
PRERELEASE_MODES: tuple[PrereleaseMode, ...] = (
    "if-necessary",
    "allow",
    "disallow",
    "explicit",
    "if-necessary-or-explicit",
)
EVERYTHING = ":all:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRules:
    """Pre-releases in general, and of single projects.

    ``all_releases`` and ``only_final`` hold normalised names, or ``:all:``; a name
    wins over that, and both win over ``mode``.
    """

    mode: PrereleaseMode = "if-necessary"
    all_releases: frozenset[str] = frozenset()
    only_final: frozenset[str] = frozenset()

    def mode_of(self, name: str) -> PrereleaseMode:
        """Return the rule for the project ``name`` (normalised)."""
        for key in (name, EVERYTHING):
            if key in self.all_releases:
                return "allow"
            if key in self.only_final:
                return "disallow"
        return self.mode


def prerelease_mode(text: str) -> PrereleaseMode:
    """Return the mode that is spelled ``text``, which must be one."""
    return next(mode for mode in PRERELEASE_MODES if mode == text)

"""Licences by Debian's short names (DEP-5), from SPDX expressions and older fields."""

import re
from collections.abc import Iterator, Mapping

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.standards.licenses import canonical_license

# SPDX -> DEP-5, where they differ in more than "-only" and "-or-later".
_SHORT: Mapping[str, str] = {
    "MIT": "Expat",
    "BSD-2-Clause": "BSD-2-clause",
    "BSD-3-Clause": "BSD-3-clause",
    "BSD-4-Clause": "BSD-4-clause",
    "Artistic-1.0-Perl": "Artistic",
    "Python-2.0": "Python-2",
    "Python-2.0.1": "Python-2.0.1",
    "PSF-2.0": "PSF-2",
}
# Those of GNU without an end are deprecated in SPDX, and widely used.
_SHORTENED = re.compile(
    r"(?P<name>.+?)(?:\.0)?-(?P<end>only|or-later)"
    r"|(?P<old>(?:A|L)?GPL-\d(?:\.[1-9])?|GFDL-\d\.\d)(?:\.0)?(?P<later>\+?)"
)
_CLASSIFIERS: Mapping[str, str] = {
    "Academic Free License (AFL)": "AFL-3.0",
    "Apache Software License": "Apache",
    "Artistic License": "Artistic",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "BSD License": "BSD",
    "GNU Affero General Public License v3": "AGPL-3",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3+",
    "GNU General Public License (GPL)": "GPL",
    "GNU General Public License v2 (GPLv2)": "GPL-2",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2+",
    "GNU General Public License v3 (GPLv3)": "GPL-3",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3+",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2+",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3+",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "ISC License (ISCL)": "ISC",
    "MIT License": "Expat",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zope Public License": "ZPL-2.1",
    "zlib/libpng License": "Zlib",
}
# What people write in the free field, in lower case and without punctuation.
_WORDS: Mapping[str, str] = {
    "apache 2": "Apache-2.0",
    "apache 2 0": "Apache-2.0",
    "apache license 2 0": "Apache-2.0",
    "apache license version 2 0": "Apache-2.0",
    "apache software license": "Apache",
    "bsd": "BSD",
    "bsd license": "BSD",
    "bsd 2 clause": "BSD-2-clause",
    "bsd 3 clause": "BSD-3-clause",
    "bsd 3 clause license": "BSD-3-clause",
    "new bsd": "BSD-3-clause",
    "new bsd license": "BSD-3-clause",
    "gplv2": "GPL-2",
    "gplv2+": "GPL-2+",
    "gplv3": "GPL-3",
    "gplv3+": "GPL-3+",
    "lgpl": "LGPL",
    "lgplv2+": "LGPL-2+",
    "lgplv3": "LGPL-3",
    "lgplv3+": "LGPL-3+",
    "isc license": "ISC",
    "mit license": "Expat",
    "the mit license": "Expat",
    "mpl 2 0": "MPL-2.0",
    "psf license": "PSF-2",
    "psf": "PSF-2",
    "public domain": "public-domain",
    "unlicense": "Unlicense",
    "zpl 2 1": "ZPL-2.1",
}
# What a text says of itself: every word of the first stands in it, none of the second.
_MARKS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("AGPL-3", ("GNU AFFERO GENERAL PUBLIC LICENSE Version 3",), ()),
    ("LGPL-3", ("GNU LESSER GENERAL PUBLIC LICENSE Version 3",), ()),
    ("LGPL-2.1", ("GNU LESSER GENERAL PUBLIC LICENSE Version 2.1",), ()),
    ("LGPL-2", ("GNU LIBRARY GENERAL PUBLIC LICENSE Version 2",), ()),
    ("GPL-3", ("GNU GENERAL PUBLIC LICENSE Version 3",), ()),
    ("GPL-2", ("GNU GENERAL PUBLIC LICENSE Version 2",), ()),
    ("Apache-2.0", ("Apache License Version 2.0", "TERMS AND CONDITIONS FOR"), ()),
    ("Apache-2.0", ("Licensed under the Apache License, Version 2.0",), ()),
    ("MPL-2.0", ("Mozilla Public License Version 2.0",), ()),
    ("MPL-2.0", ("Mozilla Public License, v. 2.0",), ()),
    ("CC0-1.0", ("CC0 1.0 Universal",), ()),
    ("Unlicense", ("free and unencumbered software released into the public",), ()),
    ("PSF-2", ("PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2",), ()),
    ("ZPL-2.1", ("Zope Public License (ZPL) Version 2.1",), ()),
    (
        "Expat",
        ("Permission is hereby granted, free of charge, to any person obtaining",),
        (),
    ),
    (
        "BSD-3-clause",
        ("Redistribution and use in source and binary forms", "endorse or promote"),
        ("advertising materials",),
    ),
    (
        "BSD-2-clause",
        ("Redistribution and use in source and binary forms",),
        ("endorse or promote", "advertising materials"),
    ),
    ("ISC", ("Permission to use, copy, modify, and/or distribute",), ()),
    ("ISC", ("Permission to use, copy, modify, and distribute this software",), ()),
    ("Zlib", ("provided 'as-is', without any express", "altered source versions"), ()),
)
# Licences whose whole text stands on every Debian system (Policy 12.5).
COMMON = (
    *("Apache-2.0", "Artistic", "CC0-1.0", "GFDL-1.2", "GFDL-1.3", "GPL-1", "GPL-2"),
    *("GPL-3", "LGPL-2", "LGPL-2.1", "LGPL-3", "MPL-1.1", "MPL-2.0"),
)
# What words name these licences without an exact version, in this order.
_FAMILIES = (
    ("LGPL", re.compile(r"\bLGPL|\b(?:lesser|library) general public", re.IGNORECASE)),
    ("GPL", re.compile(r"\bGPL|(?<!affero )\bgeneral public", re.IGNORECASE)),
    ("GFDL", re.compile(r"\bGFDL|\bfree documentation", re.IGNORECASE)),
    ("Apache", re.compile(r"\bapache", re.IGNORECASE)),
)
_NUMBER = re.compile(r"\d(?:\.[1-9])?")
# Begins and ends of whole texts: who has both may be pointed to instead.
_WHOLE = re.compile(
    r"TERMS AND CONDITIONS|GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3"
    r"|Exhibit B|Statement of Purpose",
    re.IGNORECASE,
)
_VAGUE = {
    "BSD": ("BSD-3-clause", "BSD-2-clause"),
    "Apache": ("Apache-2.0",),
    "GPL": ("GPL-3", "GPL-2"),
    "LGPL": ("LGPL-3", "LGPL-2.1", "LGPL-2"),
}
_LONGEST = 80


def short_name(identifier: str) -> str:
    """Return the short name of one licence that SPDX calls ``identifier``."""
    if identifier in _SHORT:
        return _SHORT[identifier]
    match = _SHORTENED.fullmatch(identifier)
    if match and match["old"]:
        return match["old"] + match["later"]
    if match:
        return match["name"] + ("+" if match["end"] == "or-later" else "")
    return identifier.removeprefix("LicenseRef-")


def short_expression(expression: str) -> str:
    """Return an SPDX expression in the words of DEP-5: ``Expat or Apache-2.0``.

    There are no parentheses in DEP-5: a comma before ``and`` makes it bind less than
    an ``or`` before it. Raises ``InvalidLicenseError``.
    """
    words = re.findall(r"[()]|[^\s()]+", canonical_license(expression))
    return _Expression(words).disjunction()[0]


class _Expression:
    """Reads the words of a canonical expression, from the left."""

    def __init__(self, words: list[str]) -> None:
        self._words = words

    def disjunction(self) -> tuple[str, bool]:
        """Return the text of an OR, and whether it is more than one alternative."""
        parts = [self._conjunction()]
        while self._take("OR"):
            parts.append(self._conjunction())
        return " or ".join(dict.fromkeys(parts)), len(parts) > 1

    def _conjunction(self) -> str:
        parts = [self._licence()]
        while self._take("AND"):
            parts.append(self._licence())
        # Alternatives first: "a or b, and c".
        parts.sort(key=lambda part: not part[1])
        joiner = ", and " if len(parts) > 1 and parts[0][1] else " and "
        return joiner.join(dict.fromkeys(text for text, _ in parts))

    def _licence(self) -> tuple[str, bool]:
        if self._take("("):
            inner = self.disjunction()
            self._take(")")
            return inner
        name = short_name(self._words.pop(0))
        if self._take("WITH"):
            exception = self._words.pop(0)
            return f"{name} with {exception} exception", False
        return name, False

    def _take(self, word: str) -> bool:
        if self._words and self._words[0] == word:
            self._words.pop(0)
            return True
        return False


def stated_licence(metadata: Metadata) -> str:
    """Return the short name of what the document states; empty if it states nothing.

    An expression comes first, then the free field if it holds a known name, then the
    classifiers.
    """
    if expression := metadata.text("license_expression"):
        return short_expression(expression)
    if named := _named(metadata.text("license")):
        return named
    names = [
        _CLASSIFIERS[last]
        for line in metadata.texts("classifier")
        if line.startswith("License ::")
        and (last := line.rpartition("::")[2].strip()) in _CLASSIFIERS
    ]
    return " or ".join(dict.fromkeys(names))


def _named(text: str) -> str:
    if not text.strip() or "\n" in text.strip() or len(text) > _LONGEST:
        return ""
    try:
        return short_expression(text.strip())
    except PysetupError:
        words = " ".join(re.findall(r"[a-z0-9+]+", text.lower()))
        return _WORDS.get(words, "")


def recognised(text: str) -> str:
    """Return the short name of the licence whose text this is; empty if unknown."""
    joined = " ".join(text.split()).lower()
    for name, present, absent in _MARKS:
        if all(mark.lower() in joined for mark in present) and not any(
            mark in joined for mark in absent
        ):
            return name
    return ""


def is_whole_common(text: str) -> str:
    """Return the name of the common licence that ``text`` holds whole, or nothing."""
    name = recognised(text)
    return name if name in COMMON and _WHOLE.search(text) else ""


def common_named(words: str) -> str:
    """Return the common licence that free ``words`` name, or nothing.

    Words without a version name the latest, as the links beside the texts do.
    """
    family = next((name for name, words_of in _FAMILIES if words_of.search(words)), "")
    number = _NUMBER.search(words)
    exact = f"{family}-{number[0]}" if family and number else ""
    if family == "Apache":
        return "Apache-2.0"
    return exact if exact in COMMON else family


def settled_licence(stated: str, found: tuple[str, ...]) -> str:
    """Return what to write: the statement, made exact by the texts that were found."""
    if stated in _VAGUE:
        exact = [name for name in _VAGUE[stated] if name in found]
        return exact[0] if exact else stated
    if stated:
        return stated
    return " and ".join(dict.fromkeys(name for name in found if name)) or "other"


def parts_of(licence: str) -> Iterator[str]:
    """Yield the short names in what ``settled_licence`` returns."""
    for part in re.split(r",? and | or ", licence):
        yield part.partition(" with ")[0].strip()

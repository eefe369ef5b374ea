"""Licences by their short names, and the copyright file of a package."""

import pytest

from pysetup.metadata.document import Metadata
from pysetup.platforms.deb.copyright import CopyrightFacts, copyright_file
from pysetup.platforms.deb.licences import (
    common_named,
    recognised,
    short_expression,
    stated_licence,
)

MIT = (
    "MIT License\n\nCopyright (c) 2020, 2023 Jane Doe. All rights reserved.\n\n"
    "Permission is hereby granted, free of charge, to any person obtaining\na copy\n"
)
APACHE = (
    "                                 Apache License\n"
    "                           Version 2.0, January 2004\n"
    "   TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION\n"
    "   Copyright [yyyy] [name of copyright owner]\n"
)
GPL3 = (
    "                    GNU GENERAL PUBLIC LICENSE\n"
    "                       Version 3, 29 June 2007\n"
    " Copyright (C) 2007 Free Software Foundation, Inc. <https://fsf.org/>\n"
    "                       TERMS AND CONDITIONS\n"
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", "Expat"),
        ("mit or apache-2.0", "Expat or Apache-2.0"),
        ("GPL-3.0-or-later", "GPL-3+"),
        ("GPL-3.0", "GPL-3"),
        ("GPL-2.0+", "GPL-2+"),
        ("LGPL-2.1", "LGPL-2.1"),
        ("LGPL-2.1-only", "LGPL-2.1"),
        ("GPL-2.0-only WITH LLVM-exception", "GPL-2 with LLVM-exception exception"),
        ("(MIT OR Apache-2.0) AND BSD-3-Clause",
         "Expat or Apache-2.0, and BSD-3-clause"),
        ("BSD-3-Clause AND (MIT OR ISC)", "Expat or ISC, and BSD-3-clause"),
        ("LicenseRef-Own", "Own"),
        ("MPL-2.0", "MPL-2.0"),
        ("MIT AND MIT", "Expat"),
    ],
)  # fmt: skip
def test_expressions_have_the_words_of_debian(expression: str, expected: str) -> None:
    assert short_expression(expression) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"license_expression": "MIT"}, "Expat"),
        ({"license": "MIT License"}, "Expat"),
        ({"license": "Apache License, Version 2.0"}, "Apache-2.0"),
        ({"license": "GPL-3.0-or-later"}, "GPL-3+"),
        ({"license": MIT}, ""),
        ({"license": "my own"}, ""),
        ({"classifier": ["License :: OSI Approved :: MIT License"]}, "Expat"),
        ({"classifier": ["License :: OSI Approved"]}, ""),
        ({}, ""),
    ],
)
def test_the_stated_licence_is_taken(fields: dict[str, object], expected: str) -> None:
    made = Metadata.from_dict({"name": "demo", "version": "1", **fields})  # type: ignore[dict-item]
    assert stated_licence(made) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [(MIT, "Expat"), (APACHE, "Apache-2.0"), (GPL3, "GPL-3"), ("be nice", "")],
)
def test_texts_are_recognised(text: str, expected: str) -> None:
    assert recognised(text) == expected


def written(licence: str, texts: dict[str, str], text: str = "") -> str:
    facts = CopyrightFacts(
        name="demo",
        contact="Jane <j@e.org>",
        source="https://e.org",
        holders=("Jane <j@e.org>",),
        licence=licence,
        text=text,
    )
    return copyright_file(facts, texts)


def test_a_licence_stands_with_its_text_and_holders() -> None:
    made = written("Expat", {"LICENSE": MIT})
    assert (
        "\nCopyright: 2020, 2023 Jane Doe\nLicense: Expat\n MIT License\n .\n" in made
    )


def test_common_licences_are_pointed_to() -> None:
    made = written("Apache-2.0", {"LICENSE": APACHE})
    assert "/usr/share/common-licenses/Apache-2.0" in made
    assert "TERMS AND CONDITIONS" not in made
    assert "\nCopyright: Jane <j@e.org>\n" in made


def test_several_texts_stand_below_their_names() -> None:
    made = written("Expat and GPL-3+", {"LICENSE": MIT, "COPYING": GPL3})
    assert "\n LICENSE:\n" in made
    assert made.count("/usr/share/common-licenses/GPL-3") == 1
    assert "Free Software Foundation" not in made


def test_a_vague_licence_is_made_exact_by_the_text() -> None:
    text = "Redistribution and use in source and binary forms ... endorse or promote"
    assert "\nLicense: BSD-3-clause\n" in written("BSD", {"LICENSE": text})


def test_an_unknown_licence_is_other_and_says_so() -> None:
    made = written("", {"LICENSE": "Be nice.\n\nCopyright © 2021 Zoë"})
    assert "\nLicense: other\n Be nice.\n" in made
    assert "\nCopyright: 2021 Zoë\n" in made


def test_the_text_of_an_old_field_is_a_licence_text() -> None:
    assert " Permission is hereby granted" in written("", {}, text=MIT)


def test_no_text_at_all_is_told() -> None:
    assert "It comes without the text of a licence" in written("Expat", {})


@pytest.mark.parametrize("evil", ["x\n\nFiles: evil", "x\r\rFiles: evil"])
def test_no_text_adds_a_paragraph(evil: str) -> None:
    made = written("Expat", {"LICENSE": evil, "a\nb": evil})
    assert [line for line in made.splitlines() if line.startswith("Files")] == [
        "Files: *"
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("GPL", "GPL"),
        ("GNU GPL v3", "GPL-3"),
        ("GNU General Public License", "GPL"),
        ("GNU Lesser General Public License 2.1 or later", "LGPL-2.1"),
        ("LGPL", "LGPL"),
        ("GNU GPL 7", "GPL"),
        ("GNU Affero General Public License", ""),
        ("Apache", "Apache-2.0"),
        ("Apache 2.0 License", "Apache-2.0"),
        ("my own", ""),
    ],
)
def test_words_point_to_the_licence_that_they_mean(words: str, expected: str) -> None:
    assert common_named(words) == expected
    found = written("", {}, words)
    assert (f"/usr/share/common-licenses/{expected}." in found) == bool(expected)

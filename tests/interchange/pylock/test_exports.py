"""Locks in other forms: requirements, constraints, and bills of materials."""

import json
import re
from typing import Any

import pytest

from pysetup.interchange.pylock.cyclonedx import cyclonedx_text
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedPackage,
    LockedVcs,
    LockFile,
)
from pysetup.interchange.pylock.narrowing import narrowed
from pysetup.interchange.pylock.requirements_form import (
    constraints_text,
    requirements_text,
    without_form,
)
from pysetup.interchange.pylock.selecting import Parts
from pysetup.interchange.pylock.spdx import spdx_text
from pysetup.values import replace

DIGEST = "ab" * 32
MOMENT = "2026-01-02T03:04:05Z"
PUBLIC, COMPANY = "https://pypi.org/simple/", "https://index.example/simple/"


def archive(filename: str, **more: Any) -> LockedArchive:
    return LockedArchive(
        url=f"https://f.example/{filename}", hashes={"sha256": DIGEST}, size=3, **more
    )


LOCK = LockFile(
    requires_python=">=3.11",
    extras=("web",),
    packages=(
        LockedPackage(
            name="a",
            version="1.0+local",
            index=PUBLIC,
            dependencies=({"name": "b"}, {"name": "cloned"}),
            wheels=(archive("a-1.0+local-py3-none-any.whl"),),
        ),
        LockedPackage(
            name="archived", version="3", archive=archive("x.zip", subdirectory="py")
        ),
        LockedPackage(
            name="b",
            version="2",
            marker="'web' in extras and sys_platform == 'win32'",
            index=COMPANY,
            sdist=archive("b-2.tar.gz"),
        ),
        LockedPackage(
            name="cloned",
            version="4",
            vcs=LockedVcs(
                type="git",
                url="https://g.example/c",
                commit_id="c0ffee",
                subdirectory="sub",
            ),
        ),
        LockedPackage(
            name="developed", directory=LockedDirectory(path="d", editable=True)
        ),
        LockedPackage(name="foldered", directory=LockedDirectory(path="../f")),
    ),
)


def test_requirements_have_digests_markers_and_reasons() -> None:
    lock = narrowed(LOCK, Parts(extras=("web",)), source="pylock.toml")
    text = requirements_text(lock, command="pysetup export", hashes=True)
    assert text == (
        "# This file was made by:  pysetup export\n"
        "# for Python >=3.11\n"
        f"--extra-index-url {COMPANY}\n"
        f"a==1.0+local \\\n    --hash=sha256:{DIGEST}\n"
        "archived @ https://f.example/x.zip#subdirectory=py \\\n"
        f"    --hash=sha256:{DIGEST}\n"
        f'b==2 ; sys_platform == "win32" \\\n    --hash=sha256:{DIGEST}\n'
        "    # via a\n"
        "cloned @ git+https://g.example/c@c0ffee#subdirectory=sub\n"
        "    # via a\n"
        "-e ./d\n"
        "../f\n"
    )
    assert without_form(lock) == ("requires-python >=3.11",)
    bare = requirements_text(lock, command="x", hashes=False)
    assert "--hash" not in bare


def test_what_is_not_chosen_is_left_out() -> None:
    lock = narrowed(LOCK, Parts(), source="pylock.toml")
    assert "b" not in [package.name for package in lock.packages]
    assert lock.extras == ()
    assert all(package.marker == "" for package in lock.packages)


def test_an_index_that_is_the_only_one_is_the_index() -> None:
    rows = tuple(row for row in LOCK.packages if row.index == COMPANY)
    text = requirements_text(LockFile(packages=rows), command="x", hashes=False)
    assert f"\n--index-url {COMPANY}\n" in text


def test_constraints_name_versions_and_no_folders() -> None:
    lock = narrowed(LOCK, Parts(all_extras=True), source="pylock.toml")
    assert constraints_text(lock, command="x").splitlines()[2:] == [
        "a==1.0+local",
        "archived @ https://f.example/x.zip#subdirectory=py",
        'b==2 ; sys_platform == "win32"',
        "cloned @ git+https://g.example/c@c0ffee#subdirectory=sub",
    ]


def test_cyclonedx_names_every_package_its_files_and_what_it_needs() -> None:
    text = cyclonedx_text(LOCK, name="app", moment=MOMENT)
    assert cyclonedx_text(LOCK, name="app", moment=MOMENT) == text
    bill = json.loads(text)
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == (
        *("CycloneDX", "1.6"),
        1,
    )
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"]
    )
    assert bill["metadata"]["timestamp"] == MOMENT
    references = [one["bom-ref"] for one in bill["components"]]
    assert len(set(references)) == len(references) == len(LOCK.packages)
    assert [one["purl"] for one in bill["components"]] == [
        "pkg:pypi/a@1.0%2Blocal",
        "pkg:pypi/archived@3?download_url=https%3A%2F%2Ff.example%2Fx.zip",
        "pkg:pypi/b@2?repository_url=https%3A%2F%2Findex.example%2Fsimple%2F",
        "pkg:pypi/cloned@4?vcs_url=git%2Bhttps%3A%2F%2Fg.example%2Fc%40c0ffee",
        "pkg:pypi/developed",
        "pkg:pypi/foldered",
    ]
    first = bill["components"][0]["externalReferences"][0]
    assert first["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]
    known = {*references, "locked"}
    for one in bill["dependencies"]:
        assert {one["ref"], *one["dependsOn"]} <= known
    needs = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    assert set(needs) == known
    assert needs[references[0]] == sorted([references[2], references[3]])
    assert references[2] not in needs["locked"]


def test_spdx_names_every_package_and_what_it_needs() -> None:
    text = spdx_text(LOCK, name="app", moment=MOMENT)
    assert spdx_text(LOCK, name="app", moment=MOMENT) == text
    bill = json.loads(text)
    assert bill["spdxVersion"] == "SPDX-2.3"
    assert bill["dataLicense"] == "CC0-1.0"
    assert bill["creationInfo"]["created"] == MOMENT
    assert bill["documentNamespace"].startswith("https://spdx.org/spdxdocs/app-")
    identifiers = [one["SPDXID"] for one in bill["packages"]]
    assert len(set(identifiers)) == len(identifiers) == len(LOCK.packages) + 1
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one) for one in identifiers)
    known = {*identifiers, "SPDXRef-DOCUMENT"}
    for one in bill["relationships"]:
        assert {one["spdxElementId"], one["relatedSpdxElement"]} <= known
        assert one["relationshipType"] in ("DESCRIBES", "DEPENDS_ON")
    first = bill["packages"][1]
    assert first["checksums"] == [{"algorithm": "SHA256", "checksumValue": DIGEST}]
    assert all(one["downloadLocation"] for one in bill["packages"])


@pytest.mark.parametrize("form", [cyclonedx_text, spdx_text])
def test_two_rows_of_one_version_are_two_components(form: Any) -> None:
    row = LockedPackage(name="a", version="1", sdist=archive("a-1.tar.gz"))
    other = replace(row, marker="os_name == 'nt'")
    lock = LockFile(packages=(row, other))
    bill = json.loads(form(lock, name="x", moment=MOMENT))
    listed = bill.get("components") or bill["packages"]
    names = [one.get("bom-ref") or one["SPDXID"] for one in listed]
    assert len(set(names)) == len(names)

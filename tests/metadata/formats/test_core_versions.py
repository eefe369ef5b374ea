"""METADATA in the versions before 2.1: what each holds, and how it was spelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.metadata.document import Metadata
from pysetup.metadata.fields import FIELDS, WRITTEN_VERSIONS
from pysetup.metadata.formats.core_metadata import losses, read, write
from pysetup.standards.jsontext import JSON

OLD = ("1.0", "1.1", "1.2", "2.0")
DESCRIPTION = "Title\n=====\n\n    code\n\nEnd."


def document(**keys: JSON) -> Metadata:
    return Metadata.from_dict({"name": "demo", "version": "1.0", **keys})


def lines(metadata: Metadata, version: str) -> list[str]:
    """Return what is written below the three required fields."""
    return write(metadata, version=version).decode().splitlines()[3:]


@pytest.mark.parametrize("version", OLD)
def test_it_says_its_version(version: str) -> None:
    written = write(document(summary="x"), version=version)
    assert written == (
        f"Metadata-Version: {version}\nName: demo\nVersion: 1.0\nSummary: x\n".encode()
    )
    assert read(written).get("metadata_version") == version


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_the_description_is_a_folded_header_until_1_2(version: str) -> None:
    metadata = document(description=DESCRIPTION)
    assert lines(metadata, version) == [
        "Description: Title",
        "        =====",
        "        ",
        "            code",
        "        ",
        "        End.",
    ]
    assert read(write(metadata, version=version)).text("description") == DESCRIPTION


def test_the_description_is_the_body_from_2_0_on() -> None:
    written = write(document(description=DESCRIPTION), version="2.0")
    assert written.endswith(b"Version: 1.0\n\n" + DESCRIPTION.encode())


@pytest.mark.parametrize(
    ("key", "value", "first"),
    [
        pytest.param("classifier", ["A :: B"], "1.0", id="classifiers, by distutils"),
        pytest.param("download_url", "https://a/", "1.0", id="download, by distutils"),
        pytest.param("supported_platform", ["linux"], "1.1", id="supported platform"),
        pytest.param("requires", ["re"], "1.1", id="requires"),
        pytest.param("provides", ["demo"], "1.1", id="provides"),
        pytest.param("obsoletes", ["old"], "1.1", id="obsoletes"),
        pytest.param("maintainer", "M", "1.2", id="maintainer"),
        pytest.param("requires_python", ">=2.5", "1.2", id="Python"),
        pytest.param("requires_dist", ["a"], "1.2", id="requirements"),
        pytest.param("provides_dist", ["a"], "1.2", id="provided distributions"),
        pytest.param("project_url", {"A": "https://a/"}, "1.2", id="URLs"),
        pytest.param("provides_extra", ["x"], "2.0", id="extras, by bdist_wheel"),
        pytest.param("description_content_type", "text/plain", "2.1", id="markup"),
        pytest.param("dynamic", ["summary"], "2.2", id="dynamic"),
        pytest.param("license_expression", "MIT", "2.4", id="licence expression"),
    ],
)
def test_a_field_is_written_from_its_version_on(
    key: str, value: JSON, first: str
) -> None:
    metadata = document(**{key: value})
    for version in WRITTEN_VERSIONS:
        told = [loss.pointer for loss in losses(metadata, version=version)]
        came = read(write(metadata, version=version)).get(key)
        assert (came, told) == (
            (value, []) if version >= first else (None, [f"/{key}"])
        ), version


@pytest.mark.parametrize(
    ("requirement", "in_1_2", "in_2_0"),
    [
        pytest.param("a", "a", "a", id="a bare name"),
        pytest.param("a>=1,<2", "a (>=1,<2)", "a (>=1,<2)", id="versions"),
        pytest.param("a (>=1)", "a (>=1)", "a (>=1)", id="the old way already"),
        pytest.param(
            "a>=1; sys_platform == 'win32' and os_name != 'sys_platform'",
            "a (>=1); sys.platform == 'win32' and os.name != 'sys_platform'",
            "a (>=1); sys_platform == 'win32' and os_name != 'sys_platform'",
            id="an environment with dots",
        ),
        pytest.param(
            "a ; python_version < '3'",
            "a; python_version < '3'",
            "a; python_version < '3'",
            id="a version of Python",
        ),
        pytest.param("a; extra == 'x'", None, "a; extra == 'x'", id="for an extra"),
        pytest.param("a[x, y] >=1", None, "a[x, y] (>=1)", id="with extras"),
        pytest.param("a @ https://b/", None, "a @ https://b/", id="a URL"),
        pytest.param(
            "a; platform_system == 'X'",
            None,
            "a; platform_system == 'X'",
            id="an environment that PEP 345 does not know",
        ),
        pytest.param("a~=1.2", None, "a (~=1.2)", id="a compatible release"),
        pytest.param("a==1.*", None, "a (==1.*)", id="a wildcard"),
        pytest.param("a===x", None, "a (===x)", id="arbitrary equality"),
        pytest.param(
            "a; python_version ~= '3.1'",
            None,
            "a; python_version ~= '3.1'",
            id="a compatible Python",
        ),
        pytest.param("no, requirement", "no, requirement", "no, requirement", id="bad"),
    ],
)
def test_requirements_are_spelt_as_the_version_did(
    requirement: str, in_1_2: str | None, in_2_0: str
) -> None:
    metadata = document(requires_dist=["zebra", requirement])
    for version, expected in (("1.2", in_1_2), ("2.0", in_2_0), ("2.1", requirement)):
        told = [loss.pointer for loss in losses(metadata, version=version)]
        assert told == ([] if expected else ["/requires_dist/1"]), version
        made = [line for line in lines(metadata, version) if "zebra" not in line]
        assert made == ([f"Requires-Dist: {expected}"] if expected else [])


def test_a_loss_tells_the_version_that_would_do() -> None:
    metadata = document(maintainer="M", requires_dist=["a[x]"])
    one, other = losses(metadata, version="1.1")
    assert one.reason == "it needs core metadata 1.2, and this is 1.1"
    assert other.pointer == "/requires_dist"
    (left,) = losses(metadata, version="1.2")
    assert left.pointer == "/requires_dist/0"
    assert "no extras" in left.reason


DISTUTILS = b"""\
Metadata-Version: 1.0
Name: Old
Version: 0.3
Summary: UNKNOWN
Home-page: http://example.org/
Author: Ann
Author-email: ann@example.org
License: UNKNOWN
Description: First line.
        .
          indented
Keywords: one two
Platform: UNKNOWN
Classifier: Topic :: Utilities
"""
PEP_345 = b"""\
Metadata-Version: 1.2
Name: Old
Version: 0.3
Summary: x
Requires-Dist: zope.interface (>3.5.0)
Requires-Dist: pywin32 (>1.0); sys.platform == 'win32'
Requires-External: libpng (>=1.5)
Obsoletes-Dist: Older (<2)
Description: One
       |two
"""
BDIST_WHEEL = b"""\
Metadata-Version: 2.0
Name: Old
Version: 0.3
Summary: x
Provides-Extra: fast
Requires-Dist: six (>=1.9)
Requires-Dist: lxml (>=3,<4); extra == 'fast'
Private-Version: 7
Setup-Requires-Dist: cython

Body.
"""


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(DISTUTILS, id="1.0 by distutils"),
        pytest.param(
            DISTUTILS.replace(b"1.0\n", b"1.1\n") + b"Requires: re\nProvides: old\n",
            id="1.1 by distutils",
        ),
        pytest.param(PEP_345, id="1.2 of PEP 345"),
        pytest.param(BDIST_WHEEL, id="2.0 by bdist_wheel, with fields of a draft"),
    ],
)
def test_an_old_file_comes_back_in_its_own_version(content: bytes) -> None:
    metadata = read(content)
    version = metadata.text("metadata_version")
    written = write(metadata, version=version)
    assert losses(metadata, version=version) == ()
    assert read(written) == metadata
    assert sorted(_rows(written)) == sorted(_rows(content))


def _rows(content: bytes) -> list[str]:
    text = content.decode().replace("\n       |", "\n        ")
    return text.replace("\n        ", "\\").splitlines()


_LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1)
_VALUES = {
    "line": _LINE.filter(lambda t: t == t.strip() and t != "UNKNOWN"),
    "list": st.lists(
        st.sampled_from(["a", "a>=1", "b[x]~=1; python_version>'3'", "c; extra=='x'"]),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    "body": st.lists(_LINE, min_size=1)
    .map("\n".join)
    .filter(lambda t: t == t.strip() and t != "UNKNOWN"),
}
_FIELDS = {
    field.key: _VALUES[field.kind]
    for field in FIELDS
    if field.kind in _VALUES
    and field.key not in ("metadata_version", "name", "version")
}


@pytest.mark.law
@given(
    keys=st.fixed_dictionaries({}, optional=_FIELDS),
    version=st.sampled_from(WRITTEN_VERSIONS),
)
def test_what_an_old_version_holds_is_stable_and_the_rest_is_told(
    keys: dict[str, JSON], version: str
) -> None:
    metadata = document(**keys)
    told = {loss.pointer for loss in losses(metadata, version=version)}
    after = read(write(metadata, version=version))
    for key, value in keys.items():
        lost = [pointer for pointer in told if f"{pointer}/".startswith(f"/{key}/")]
        came = after.get(key)
        if f"/{key}" in lost:
            assert came != value
        elif isinstance(value, list):
            kept = came if isinstance(came, list) else []
            assert len(kept) + len(lost) == len(value)
        else:
            assert str(came).strip() == str(value).strip()
    assert read(write(after, version=version)) == after

"""Lock files read: what PEP 751 allows comes back, what it forbids is told by line."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock

from pysetup.errors import UsageError
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedPackage,
    LockFile,
    is_lock_name,
)
from pysetup.interchange.pylock.reading import read_lock
from pysetup.interchange.pylock.writing import lock_text

DIGEST = "0123456789abcdef" * 4
EVERYTHING = f"""lock-version = "1.0"
environments = ["sys_platform == 'linux'", "sys_platform == 'win32'"]
requires-python = ">=3.11"
extras = ["web"]
dependency-groups = ["dev"]
default-groups = ["default"]
created-by = "somebody"

[[packages]]
name = "indexed"
version = "1.0"
marker = "'dev' in dependency_groups or 'web' in extras"
requires-python = ">=3.9"
dependencies = [
  {{ name = "archived" }},
  {{ name = "cloned", vcs = {{ type = "git", commit-id = "abc" }} }},
]
index = "https://index.example/simple/"
sdist = {{ name = "indexed-1.0.tar.gz", upload-time = 2024-01-02T03:04:05Z, url = "https://files.example/indexed-1.0.tar.gz", size = 12, hashes = {{ sha256 = "{DIGEST}" }} }}
wheels = [
  {{ name = "indexed-1.0-py2-none-any.whl", url = "https://files.example/indexed-1.0-py2-none-any.whl", hashes = {{ sha256 = "{DIGEST}" }} }},
  {{ name = "indexed-1.0-py3-none-any.whl", path = "wheels/indexed-1.0-py3-none-any.whl", hashes = {{ md5 = "{DIGEST[:32]}", sha256 = "{DIGEST}" }} }},
]
attestation-identities = [{{ kind = "GitHub", repository = "a/b", more = [1, 2] }}]

[packages.tool.other]
seen = 2024-05-06

[[packages]]
name = "archived"
version = "2"
archive = {{ url = "https://files.example/a.zip", size = 7, hashes = {{ sha256 = "{DIGEST}" }}, subdirectory = "python" }}

[[packages]]
name = "cloned"
vcs = {{ type = "git", url = "https://git.example/cloned", requested-revision = "main", commit-id = "0011223344", subdirectory = "a/b" }}

[[packages]]
name = "foldered"
directory = {{ path = "../folder", editable = true }}

[tool.other]
list = [1, "two", {{ three = 3 }}]

[tool.other.deeper]
"quoted key" = true
"""  # noqa: E501 - a file is a line, as in every lock


def test_everything_that_pep_751_has_comes_back_to_the_byte() -> None:
    lock = read_lock(EVERYTHING.encode())
    assert lock_text(lock) == EVERYTHING
    assert read_lock(lock_text(lock).encode()) == lock


def test_every_field_is_where_it_belongs() -> None:
    lock = read_lock(EVERYTHING.encode())
    indexed, archived, cloned, foldered = lock.packages
    assert indexed.sdist is not None
    assert indexed.sdist.upload_time == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert [file.filename for file in indexed.files] == [
        "indexed-1.0.tar.gz",
        "indexed-1.0-py2-none-any.whl",
        "indexed-1.0-py3-none-any.whl",
    ]
    assert [h.algorithm for h in indexed.wheels[1].strong_hashes] == ["sha256"]
    assert archived.archive is not None
    assert archived.archive.filename == "a.zip"
    assert cloned.vcs is not None
    assert cloned.vcs.requested_revision == "main"
    assert cloned.version == ""
    assert foldered.directory is not None
    assert foldered.directory.editable
    assert lock.to_json()["default_groups"] == ["default"]


def test_the_packaging_library_accepts_what_is_written() -> None:
    import tomllib

    made = Pylock.from_dict(tomllib.loads(lock_text(read_lock(EVERYTHING.encode()))))
    assert [package.name for package in made.packages] == [
        *("indexed", "archived", "cloned", "foldered")
    ]


def test_what_a_later_version_adds_is_told_and_carried() -> None:
    later = EVERYTHING.replace('"1.0"\nenvironments', '"1.7"\nnovel = 3\nenvironments')
    told: list[str] = []
    lock = read_lock(later.encode(), note=told.append)
    assert told == [
        "pylock.toml: novel is nothing that PEP 751 knows; it is left as it is"
    ]
    assert "novel = 3\n" in lock_text(lock)


HEAD = 'lock-version = "1.0"\ncreated-by = "x"\n'
ROW = f'{HEAD}[[packages]]\nname = "a"\nversion = "1"\n'
HASHES = f'hashes = {{ sha256 = "{DIGEST}" }}'


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        pytest.param("a = [", "PS2126", "pylock.toml:1", id="no TOML"),
        pytest.param("", "PS2790", "lock-version is missing", id="an empty file"),
        pytest.param('lock-version = "2.0"', "PS2792", "knows 1.0", id="version 2"),
        pytest.param("lock-version = 1", "PS2790", "must be text", id="a number"),
        pytest.param(
            'lock-version = "1.0"\npackages = []',
            "PS2790",
            "created-by is missing",
            id="no author",
        ),
        pytest.param(HEAD, "PS2790", "packages is missing", id="no packages"),
        pytest.param(
            f"{HEAD}packages = 3", "PS2790", "must be an array", id="one package"
        ),
        pytest.param(
            f"{HEAD}[[packages]]\nversion = '1'\nwheels = []",
            "PS2791",
            "2 faults",
            id="neither name nor file",
        ),
        pytest.param(
            f"{HEAD}[[packages]]\nname = 'A_b'\ndirectory = {{ path = '.' }}",
            "PS2790",
            "pylock.toml:4: packages.0.name 'A_b' is no normalised name",
            id="a name that is not normalised",
        ),
        pytest.param(
            f"{ROW}marker = 'x ='\ndirectory = {{ path = '.' }}",
            "PS2790",
            "packages.0.marker is wrong",
            id="a marker that is none",
        ),
        pytest.param(ROW, "PS2790", "says not where", id="no source"),
        pytest.param(
            f"{ROW}directory = {{ path = '.' }}\narchive = {{ path = 'a', {HASHES} }}",
            "PS2790",
            "from directory and archive",
            id="two sources",
        ),
        pytest.param(
            f"{ROW}archive = {{ {HASHES} }}",
            "PS2790",
            "neither url nor path",
            id="an archive that is nowhere",
        ),
        pytest.param(
            f"{ROW}archive = {{ url = 'https://x/a.zip' }}",
            "PS2790",
            "hashes is missing",
            id="nothing proves it",
        ),
        pytest.param(
            f"{ROW}archive = {{ url = 'u', hashes = {{ sha256 = 'abc' }} }}",
            "PS2790",
            "of the wrong length",
            id="a short digest",
        ),
        pytest.param(
            f"{ROW}archive = {{ url = 'u', hashes = {{ new9 = 'abc' }} }}",
            "PS2790",
            "only unknown algorithms: new9",
            id="digests of unknown algorithms alone",
        ),
        pytest.param(
            f"{ROW}archive = {{ url = 'u', size = -1, {HASHES} }}",
            "PS2790",
            "must be a number of bytes",
            id="a size below nothing",
        ),
        pytest.param(
            f"{ROW}archive = {{ url = 'u', {HASHES}, subdirectory = '../..' }}",
            "PS2790",
            "climbs out",
            id="a subdirectory outside",
        ),
        pytest.param(
            f"{ROW}wheels = [{{ url = 'https://x/b-1-py3-none-any.whl', {HASHES} }}]",
            "PS2790",
            "which is not of a",
            id="a wheel of another project",
        ),
        pytest.param(
            f"{ROW}wheels = [{{ url = 'https://x/a-2-py3-none-any.whl', {HASHES} }}]",
            "PS2790",
            "which is not of a 1",
            id="a wheel of another version",
        ),
        pytest.param(
            f"{ROW}sdist = {{ url = 'https://x/b-1.tar.gz', {HASHES} }}",
            "PS2790",
            "packages.0.sdist (a) is wrong",
            id="an sdist of another project",
        ),
        pytest.param(
            f"{ROW}vcs = {{ type = 'git', url = 'u' }}",
            "PS2790",
            "packages.0.vcs.commit-id is missing",
            id="no commit",
        ),
        pytest.param(
            f"{ROW}directory = {{ path = '.', editable = 1 }}",
            "PS2790",
            "must be true or false",
            id="editable by number",
        ),
        pytest.param(
            f"{HEAD}packages = []\nextras = ['A b']",
            "PS2790",
            "no normalised name",
            id="an extra that is no name",
        ),
        pytest.param(
            f"{HEAD}packages = []\nenvironments = ['sys_platform']",
            "PS2790",
            "pylock.toml:4: environments.0 is wrong",
            id="an environment that is no marker",
        ),
        pytest.param(
            f"{HEAD}packages = []\nrequires-python = 'three'",
            "PS2790",
            "requires-python is wrong",
            id="no specifier",
        ),
    ],
)
def test_what_pep_751_forbids_is_refused(content: str, code: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_lock(content.encode())
    assert caught.value.code == code
    assert told in caught.value.message


def test_several_faults_are_told_at_once_each_with_its_line() -> None:
    content = f"{ROW}index = 3\nmarker = '='\ndirectory = {{ path = 2 }}\n"
    with pytest.raises(UsageError) as caught:
        read_lock(content.encode(), source="pylock.dev.toml")
    errors = caught.value.errors
    assert [error.facts["line"] for error in errors] == [7, 8, 6]
    assert all(error.facts["file"] == "pylock.dev.toml" for error in errors)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("pylock.toml", True),
        ("pylock.dev.toml", True),
        ("pylock.dev-1.toml", True),
        ("pylock.a.b.toml", False),
        ("pylock..toml", False),
        ("uv.lock", False),
        ("Pylock.toml", False),
        ("pylock.toml.bak", False),
    ],
)
def test_names_are_those_of_pep_751(name: str, *, allowed: bool) -> None:
    assert is_lock_name(name) is allowed


def test_an_empty_lock_is_written_so_that_it_can_be_read() -> None:
    assert read_lock(lock_text(LockFile(packages=())).encode()).packages == ()


NAMES = st.sampled_from(["a", "b2", "c-d", "longer-name"])
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r"),
    min_size=1,
    max_size=6,
)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
PLAIN = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3)
    ),
    max_leaves=4,
)
FILES = st.builds(
    LockedArchive,
    url=TEXTS,
    hashes=st.fixed_dictionaries({"sha256": DIGESTS}),
    size=st.none() | st.integers(0, 2**40),
    upload_time=st.none() | st.datetimes(timezones=st.just(UTC)),
)
PACKAGES = st.builds(
    LockedPackage,
    name=NAMES,
    version=st.sampled_from(["", "1.0", "2!1.0rc1+x.1"]),
    marker=st.sampled_from(["", "'a' in extras", "python_version < '3.12'"]),
    archive=FILES,
    tool=st.dictionaries(TEXTS, st.dictionaries(TEXTS, PLAIN, max_size=2), max_size=2),
)
LOCKS = st.builds(
    LockFile,
    packages=st.lists(PACKAGES, max_size=2).map(tuple),
    extras=st.lists(NAMES, max_size=3).map(tuple),
    dependency_groups=st.lists(TEXTS, max_size=3).map(tuple),
    created_by=TEXTS,
    tool=st.dictionaries(TEXTS, PLAIN, max_size=3),
)


@pytest.mark.law
@given(lock=LOCKS)
def test_every_lock_comes_back_as_it_was_written(lock: LockFile) -> None:
    text = lock_text(lock)
    assert read_lock(text.encode()) == lock
    assert lock_text(read_lock(text.encode())) == text


@pytest.mark.law
@given(data=st.data())
def test_a_damaged_lock_is_refused_with_one_of_our_errors(data: st.DataObject) -> None:
    content = EVERYTHING.encode()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    middle = data.draw(st.binary(max_size=8))
    with contextlib.suppress(UsageError):
        read_lock(content[:start] + middle + content[end:])

"""Names of a target, wired: lists of files, dpkg's database, caches, clashes."""

import bz2
import gzip
import io
import json
import lzma
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.process import Completed, stream_process
from pysetup.metadata.document import Metadata
from pysetup.platforms.names.mapping import InvalidMappingError
from pysetup.platforms.names.tables import shipped_catalogue
from pysetup.platforms.target import read_target
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.platform import compiled as compiled_module
from pysetup.workflows.platform import installed_packages, names
from pysetup.workflows.platform.installed_packages import is_this_system, owners_here
from pysetup.workflows.platform.names import (
    FileClashError,
    NameOptions,
    TargetNames,
    open_names,
)
from pysetup.workflows.platform.plain_streams import NoReaderError, UnreadableListError
from pysetup.workflows.platform.repository_lists import NoListsError, lists_here

FOLDER = "usr/lib/python3/dist-packages"
CONTENTS = f"""\
usr/bin/demo-tool                          python/python3-demolib
usr/share/man/man1/demo-tool.1.gz          python/python3-demolib
{FOLDER}/demolib/__init__.py               python/python3-demolib
{FOLDER}/demo_library-2.0.dist-info/METADATA  python/python3-demolib
{FOLDER}/pip-23.0.dist-info/METADATA       python/python3-pip
{FOLDER}/setuptools-66.0.egg-info          python/python3-setuptools
"""
PACKAGES = "Package: python3-demolib\nVersion: 3:2.0-1\n\n"
DEBIAN = read_target("debian-12")


@pytest.fixture(autouse=True)
def _no_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed here must not matter."""
    monkeypatch.setattr(names, "read_os_release", dict)
    monkeypatch.setattr(names, "lists_here", lambda _: ())


@pytest.fixture
def context(make_context: Callable[..., Context]) -> Context:
    return make_context(None)


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def opened(context: Context, *places: Path | str, **options: Any) -> TargetNames:
    chosen = NameOptions(places=tuple(map(str, places)), **options)
    return open_names(None, DEBIAN, context=context, options=chosen)


@pytest.mark.parametrize(
    "compress",
    [
        pytest.param(lambda data: data, id="plain"),
        pytest.param(gzip.compress, id="gzip"),
        pytest.param(lzma.compress, id="xz"),
        pytest.param(bz2.compress, id="bzip2"),
    ],
)
def test_a_contents_file_is_read_however_compressed(
    context: Context, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    path = put(tmp_path, "Contents-amd64.x", compress(CONTENTS.encode()))
    found = opened(context, path).find("demo-library")
    assert found is not None
    assert (found.packages, found.version) == (("python3-demolib",), "2.0")
    assert found.evidence == "contents:Contents-amd64.x"


@pytest.mark.parametrize("tool", ["lz4", "zstd"])
def test_other_compressions_need_their_program(
    context: Context, tmp_path: Path, tool: str, need_tool: Callable[[str], str]
) -> None:
    program = need_tool(tool)
    plain = put(tmp_path, "plain", CONTENTS)
    path = tmp_path / f"Contents-all.{tool}"
    done = stream_process(
        [program, "-q", str(plain), *([] if tool == "lz4" else ["-o"]), str(path)],
        output=lambda _: None,
    )
    assert done.returncode == 0
    there = replace(context, environ={"PATH": str(Path(program).parent)})
    assert opened(there, path).find("demo-library") is not None


def test_a_compression_that_nobody_reads_is_told(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "pysetup.workflows.platform.plain_streams._APT_HELPER", "/nonexistent"
    )
    path = put(tmp_path, "Contents-all.lz4", b"\x04\x22\x4d\x18....")
    bare = replace(context, environ={"PATH": str(tmp_path / "nothing")})
    with pytest.raises(NoReaderError, match="compressed with lz4"):
        opened(bare, path)


def mirror(root: Path, *, for_all: bool = True) -> Path:
    suite = root / "dists" / "bookworm"
    put(suite, "main/Contents-amd64.gz", gzip.compress(b""))
    if for_all:
        put(suite, "main/Contents-all.gz", gzip.compress(CONTENTS.encode()))
    put(suite, "main/binary-amd64/Packages.xz", lzma.compress(PACKAGES.encode()))
    return root


def test_a_mirror_tells_all_there_is(context: Context, tmp_path: Path) -> None:
    known = opened(context, mirror(tmp_path / "mirror"))
    found = known.find("demo-library")
    assert found is not None
    assert (found.epoch, found.evidence) == ("3", "contents:debian-12")
    assert found.package_version == "3:2.0-1"
    assert known.find("pyyaml") is None, "the whole archive does not have it"
    assert known.own_name("demo-library") == "python3-demolib"


def test_a_part_of_a_mirror_leaves_the_rest_to_the_table(
    context: Context, tmp_path: Path
) -> None:
    known = opened(context, mirror(tmp_path / "mirror", for_all=False))
    found = known.find("pyyaml")
    assert found is not None
    assert found.evidence == "table:debian-12"


def test_a_mirror_may_be_far_away(
    tmp_path: Path, make_context: Callable[..., Context], index: Any
) -> None:
    root = mirror(tmp_path / "mirror")
    for path in root.rglob("*"):
        if path.is_file():
            url = f"https://mirror.test/debian/{path.relative_to(root)}"
            index.add(url, path.read_bytes())
    context = make_context(index)
    known = opened(context, "https://mirror.test/debian/")
    found = known.find("demo-library")
    assert found is not None
    assert (found.version, found.epoch) == ("2.0", "3")
    with pytest.raises(NoListsError):
        opened(context, "https://mirror.test/nothing")


def test_the_folder_of_apt(context: Context, tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    head = "deb.debian.org_debian_dists_stable"
    put(lists, f"{head}_InRelease", "Origin: Debian\nCodename: bookworm\n")
    put(lists, f"{head}_main_Contents-all", CONTENTS)
    put(lists, f"{head}_main_Contents-amd64", "")
    put(lists, f"{head}_main_binary-amd64_Packages", PACKAGES)
    other = "deb.debian.org_debian_dists_trixie_main_Contents-all"
    put(lists, other, CONTENTS.replace("2.0", "9.0"))
    found = opened(context, lists).find("demo-library")
    assert found is not None
    assert (found.version, found.epoch) == ("2.0", "3")


def test_a_catalogue_is_kept_until_its_list_changes(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, "Contents-amd64", CONTENTS)
    first = opened(context, path).find("demo-library")
    with monkeypatch.context() as patched:
        patched.setattr(compiled_module, "_read", None)
        assert opened(context, path).find("demo-library") == first
    put(tmp_path, "Contents-amd64", CONTENTS.replace("2.0", "2.1.0"))
    found = opened(context, path).find("demo-library")
    assert found is not None
    assert found.version == "2.1.0"


def test_a_damaged_cache_is_made_anew(context: Context, tmp_path: Path) -> None:
    path = put(tmp_path, "Contents-amd64", CONTENTS)
    first = opened(context, path).find("demo-library")
    for kept in (context.settings.cache_dir / "names").rglob("*"):
        if kept.is_file():
            kept.write_bytes(kept.read_bytes()[:-3])
    assert opened(context, path).find("demo-library") == first


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("Contents-all.gz", b"\x1f\x8b\x08broken", id="gzip"),
        pytest.param("primary.xml", b"<metadata><package>", id="xml"),
        pytest.param("extra.files", b"no archive at all", id="tar"),
        pytest.param("names.json", b"{}", id="no catalogue"),
        pytest.param("names.json", b"[", id="no json"),
    ],
)
def test_a_damaged_list_is_told(
    context: Context, tmp_path: Path, name: str, content: bytes
) -> None:
    path = put(tmp_path, name, content)
    with pytest.raises(UnreadableListError) as raised:
        opened(context, path)
    assert raised.value.facts["file"] == str(path)


@pytest.mark.parametrize("name", ["empty", "file.txt", "absent"])
def test_a_place_without_lists(context: Context, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path, "file.txt", "x")
    with pytest.raises(NoListsError, match="no lists of packages for debian-12"):
        opened(context, tmp_path / name)


def test_a_catalogue_may_be_given(context: Context, tmp_path: Path) -> None:
    made = opened(context, put(tmp_path, "Contents-amd64", CONTENTS))
    value = made.lists[0].catalogue.to_json()
    path = put(tmp_path, "mine.json", json.dumps(value))
    assert opened(context, path).find("demo-library") is not None


PRIMARY = b"""<metadata xmlns="http://linux.duke.edu/metadata/common"
 xmlns:rpm="http://linux.duke.edu/metadata/rpm">
<package type="rpm"><name>python3-demolib</name><version epoch="2" ver="2" rel="1"/>
<format><rpm:provides>
<rpm:entry name="python3dist(demo-library)" flags="EQ" epoch="0" ver="2"/>
</rpm:provides></format></package></metadata>"""
SYSTEM = PRIMARY.replace(
    b"</metadata>",
    b'<package type="rpm"><name>python3-pip</name><format><rpm:provides>'
    b'<rpm:entry name="python3dist(pip)" flags="EQ" ver="25"/>'
    b'<rpm:entry name="python3dist(setuptools)" flags="EQ" ver="80"/>'
    b"</rpm:provides></format></package></metadata>",
)
REPOMD = b"""<repomd xmlns="http://linux.duke.edu/metadata/repo"><data type="primary">
<location href="repodata/1-primary.xml.gz"/></data></repomd>"""


@pytest.mark.parametrize("primary", [PRIMARY, SYSTEM], ids=["of ours", "of a system"])
def test_an_rpm_repository(context: Context, tmp_path: Path, primary: bytes) -> None:
    put(tmp_path, "repo/repodata/repomd.xml", REPOMD)
    put(tmp_path, "repo/repodata/1-primary.xml.gz", gzip.compress(primary))
    known = open_names(
        None,
        read_target("fedora-43"),
        context=context,
        options=NameOptions(places=(str(tmp_path / "repo"),)),
    )
    found = known.find("Demo.Library")
    assert found is not None
    assert (found.packages, found.epoch) == (("python3dist(demo-library)",), "2")
    assert found.evidence == "primary:fedora-43"
    other = known.find("other")
    assert (other is None) == (primary is SYSTEM), "beside a small one there is more"
    assert known.own_name("demo-library") == "python3-demolib"


def test_a_repository_that_leads_elsewhere(context: Context, tmp_path: Path) -> None:
    put(
        tmp_path,
        "repo/repodata/repomd.xml",
        REPOMD.replace(b"repodata/1", b"../../secret/1"),
    )
    with pytest.raises(NoListsError):
        opened(context, tmp_path / "repo")


def test_a_repository_whose_index_is_damaged(context: Context, tmp_path: Path) -> None:
    put(tmp_path, "repo/repodata/repomd.xml", "<repomd")
    with pytest.raises(NoListsError, match=r"repomd\.xml: "):
        opened(context, tmp_path / "repo")


def test_the_files_of_pacman(context: Context, tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        site = b"usr/lib/python3.13/site-packages/"
        listed = (b"demo-1", b"pip-25", b"setuptools-80")
        text = b"".join(site + one + b".dist-info/METADATA\n" for one in listed)
        info = tarfile.TarInfo("python-demo-tool-1-1/files")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    for name in ("core", "extra"):
        put(tmp_path, f"sync/{name}.files", stream.getvalue())
    known = open_names(
        None,
        read_target("arch"),
        context=context,
        options=NameOptions(places=(str(tmp_path / "sync"),)),
    )
    found = known.find("demo")
    assert found is not None
    assert (found.packages, found.evidence) == (("python-demo-tool",), "files:arch")
    assert known.find("absent") is None, "core and extra are all there is"


def test_without_lists_a_custom_is_told_as_unchecked(context: Context) -> None:
    known = open_names(None, read_target("arch"), context=context)
    found = known.find("demo")
    assert found is not None
    assert (found.packages, found.checked) == (("python-demo",), False)


def dpkg(tmp_path: Path) -> Path:
    database = tmp_path / "dpkg"
    listed = "".join(f"/{line.split()[0]}\n" for line in CONTENTS.splitlines())
    put(database, "info/python3-demolib.list", listed)
    put(database, "info/libother:amd64.list", "/usr/lib/libother.so\n")
    status = "Package: python3-demolib\nStatus: install ok installed\nVersion: 3:2.0\n"
    put(database, "status", status)
    return database


def test_what_pacman_has_installed(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = "usr/lib/python3.13/site-packages"
    put(
        tmp_path,
        "local/python-demo-lib-1:2.0-3/files",
        f"%FILES%\nusr/\n{site}/demolib.py\n{site}/demo_library-2.0.dist-info/METADATA\n"
        "usr/bin/demo\n\n%BACKUP%\netc/demo\tabc\n",
    )
    put(tmp_path, "local/ALPM_DB_VERSION", "9\n")
    monkeypatch.setattr(installed_packages, "PACMAN", tmp_path / "local")
    monkeypatch.setattr(names, "read_os_release", lambda: {"ID": "arch"})
    for _ in ("read", "kept"):
        known = open_names(None, read_target("arch-3.13"), context=context)
        found = known.find("demo-library")
        assert found is not None
        assert (found.packages, found.version) == (("python-demo-lib",), "2.0")
        assert (found.package_version, found.epoch) == ("1:2.0-3", "1")
        assert found.evidence == "installed:pacman"


@pytest.mark.parametrize("lost", [False, True])
def test_what_rpm_has_installed(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    site = tmp_path / "site"
    for name in ("demo_library-2.0", "mine-1.0"):
        put(site, f"{name}.dist-info/METADATA", "")
    program = put(tmp_path, "bin/rpm", "")
    program.chmod(0o755)
    told = "python3-demolib\t2:2.0-1.fc43\n"
    told += "" if lost else "file is not owned by any package\n"
    monkeypatch.setattr(installed_packages, "import_folders", lambda _: (str(site),))
    there = replace(
        context,
        environ={"PATH": str(program.parent)},
        run_process=lambda *_, **__: Completed(1, told.encode()),
    )
    found = installed_packages.installed_packages(
        read_target("fedora-43"), context=there
    )
    if lost:
        assert found is None, "it is not known whose answer is missing"
        return
    assert found is not None
    assert found.catalogue.find("mine") is None
    demo = found.catalogue.find("demo-library")
    assert demo is not None
    assert (demo.packages, demo.epoch) == (("python3-demolib",), "2")


def test_what_is_installed_comes_before_lists(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed_packages, "DPKG", dpkg(tmp_path))
    release = {"ID": "debian", "VERSION_ID": "12"}
    monkeypatch.setattr(names, "read_os_release", lambda: release)
    known = opened(context)
    for _ in ("read", "kept"):
        found = known.find("demo-library")
        assert found is not None
        assert (found.evidence, found.epoch) == ("installed:dpkg", "3")
        known = opened(context)
    assert owners_here(["usr/bin/demo-tool", "usr/bin/x"], database=dpkg(tmp_path)) == {
        "usr/bin/demo-tool": {"python3-demolib"}
    }


@pytest.mark.parametrize(
    ("release", "same"),
    [
        ({"ID": "debian", "VERSION_ID": "12"}, True),
        ({"ID": "debian", "VERSION_ID": "13"}, False),
        ({"ID": "ubuntu", "VERSION_ID": "12"}, False),
        ({}, False),
    ],
)
def test_whether_this_is_that_system(release: dict[str, str], same: bool) -> None:  # noqa: FBT001 - a column
    assert is_this_system(DEBIAN, release) is same


def test_files_that_others_have(context: Context, tmp_path: Path) -> None:
    known = opened(context, mirror(tmp_path / "mirror"))
    ours = [
        "usr/bin/demo-tool",
        "usr/bin/other",
        "usr/share/man/man1/demo-tool.1.gz",
        "usr/share/doc/python3-ours/copyright",
        f"{FOLDER}/demolib/__init__.py",
        f"{FOLDER}/demolib/new.py",
        f"{FOLDER}/ours/__init__.py",
    ]
    found = known.clashes(ours)
    assert {one.path for one in found} == {ours[0], ours[2], ours[4]}
    assert {one.packages for one in found} == {("python3-demolib",)}
    assert known.clashes(ours, allowed=["python3-demolib"]) == ()
    assert known.clashes([]) == ()
    error = FileClashError(found, "debian-12")
    assert error.exit_code == 6


def test_mapping_files_win_the_last_first(context: Context, tmp_path: Path) -> None:
    one = put(tmp_path, "one.json", '{"demo": ["one"], "only": "one"}')
    two = put(tmp_path, "two.toml", '[names]\ndemo = ["two"]\n')
    known = opened(context, map_files=(str(one), str(two)))
    for project, package in (("demo", "two"), ("only", "one")):
        found = known.find(project)
        assert found is not None
        assert found.packages == (package,)


def test_the_documents_word_is_weaker_than_that_of_the_command_line(
    context: Context, tmp_path: Path
) -> None:
    document = Metadata.from_dict(
        {
            "name": "x",
            "version": "1",
            "extensions": {
                "pysetup.platform": {
                    "targets": {"deb": {"names": {"demo": ["a"], "other": ["b"]}}}
                }
            },
        }
    )
    path = put(tmp_path, "map.json", '{"demo": ["c"]}')
    options = NameOptions(map_files=(str(path),))
    known = open_names(document, DEBIAN, context=context, options=options)
    found = [known.find(name) for name in ("demo", "other")]
    assert [one.packages for one in found if one] == [("c",), ("b",)]


def test_a_registry_folder(context: Context, tmp_path: Path) -> None:
    value = {"mappings": [{"id": "dep:pypi/demo", "specs": "registered"}]}
    put(tmp_path, "reg/debian+12.mapping.json", json.dumps(value))
    found = opened(context, registries=(str(tmp_path / "reg"),)).find("demo")
    assert found is not None
    assert found.evidence == "registry:debian+12.mapping.json"
    standard = tmp_path / "data" / "external-packaging-metadata-mappings"
    shutil.copytree(tmp_path / "reg", standard)
    there = replace(context, environ={"XDG_DATA_DIRS": str(tmp_path / "data")})
    assert opened(there).find("demo") is not None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.json", "{"),
        ("m.toml", "x ="),
        ("m.toml", b"\xff"),
        ("m.toml", "x = " + "[" * 9000 + "]" * 9000),
        ("m.toml", "x = " + "[" * 90 + "]" * 90),
        ("absent.json", None),
    ],
    ids=lambda value: None if value is None else str(value)[:12],
)
def test_a_mapping_file_that_cannot_be_read(
    context: Context, tmp_path: Path, name: str, content: str | bytes | None
) -> None:
    if content is not None:
        put(tmp_path, name, content)
    with pytest.raises(InvalidMappingError) as raised:
        opened(context, map_files=(str(tmp_path / name),))
    assert str(tmp_path / name) == raised.value.facts["file"]


def test_a_registry_must_be_a_folder(context: Context, tmp_path: Path) -> None:
    with pytest.raises(InvalidMappingError, match="is no folder"):
        opened(context, registries=(str(tmp_path / "absent"),))


@pytest.mark.slow
def test_the_lists_of_this_machine_agree_with_the_table(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where apt-file has fetched the lists of Debian 12: 99.5 % right, none wrong."""
    monkeypatch.undo()
    lists = [one for one in lists_here(DEBIAN) if one.whole]
    if not lists:
        pytest.skip("apt-file update  was not run here")
    context = replace(make_context(None), stream_process=stream_process)
    truth = compiled_module.compiled(lists[0], DEBIAN, context=context).catalogue
    table = shipped_catalogue(DEBIAN)
    assert table is not None
    known = {project: table.find(project) for project in truth.projects}
    right = [
        project
        for project, found in known.items()
        if found is not None
        and found.packages[0] in {one.package for one in truth.projects[project]}
    ]
    assert len(right) >= 0.995 * len(truth.projects)

"""What an installation says of its origin: PEP 376, PEP 610 and PEP 710."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

INFO = "lib/python*/site-packages/{}-*.dist-info"


def info(environment: Path, name: str) -> Path:
    return next(environment.glob(INFO.format(name)))


def origin(environment: Path, name: str) -> tuple[Any, Any]:
    """Return what direct_url.json and provenance_url.json hold, or None."""
    folder = info(environment, name)
    direct, provenance = (
        json.loads(path.read_text("utf-8")) if path.exists() else None
        for path in (folder / "direct_url.json", folder / "provenance_url.json")
    )
    return direct, provenance


def archive(url: str, file: Path) -> dict[str, Any]:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return {"url": url, "archive_info": {"hashes": {"sha256": digest}}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "demo project"
    (root / "demo").mkdir(parents=True)
    (root / "demo" / "__init__.py").write_text("", "utf-8")
    (root / "pyproject.toml").write_text(
        "[project]\nname = 'demo'\nversion = '1.0'\nimport-names = ['demo']\n"
        "[build-system]\nrequires = ['pysetup']\nbuild-backend = 'pysetup.backend'\n",
        "utf-8",
    )
    return root


@pytest.fixture
def archives(pysetup: Any, project: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The sdist and the wheel of the project, each in a folder of its own."""
    made = pysetup("build", "--outdir", tmp_path / "dist", project)
    assert made.code == 0, made.err
    found = []
    for pattern in ("*.tar.gz", "*.whl"):
        (path,) = (tmp_path / "dist").glob(pattern)
        folder = tmp_path / f"only {path.suffix}"
        folder.mkdir()
        found.append(Path(shutil.copy(path, folder)))
    return found[0], found[1]


def installed(pysetup: Any, environment: Path, *words: str | Path) -> tuple[Any, Any]:
    done = pysetup("install", "--no-index", "--env", environment, *words)
    assert done.code == 0, done.err
    assert (info(environment, "demo") / "INSTALLER").read_text("utf-8") == "pysetup\n"
    assert (info(environment, "demo") / "REQUESTED").read_bytes() == b""
    return origin(environment, "demo")


@pytest.mark.parametrize("which", [0, 1], ids=["an sdist", "a wheel"])
def test_what_is_asked_for_by_name_has_a_provenance(
    which: int,
    pysetup: Any,
    archives: tuple[Path, Path],
    new_environment: Callable[[], Path],
) -> None:
    file = archives[which]
    links = ("--find-links", file.parent)
    found = installed(pysetup, new_environment(), *links, "demo")
    assert found == (None, archive(file.as_uri(), file))


@pytest.mark.parametrize("which", [0, 1], ids=["an sdist", "a wheel"])
@pytest.mark.parametrize("form", ["{path}", "demo @ {uri}", "{uri}"])
def test_an_archive_asked_for_by_its_place_has_a_direct_url(
    which: int,
    form: str,
    pysetup: Any,
    archives: tuple[Path, Path],
    new_environment: Callable[[], Path],
) -> None:
    file = archives[which]
    word = form.format(path=file, uri=file.as_uri())
    found = installed(pysetup, new_environment(), word)
    assert found == (archive(file.as_uri(), file), None)


def test_a_digest_in_the_url_is_no_part_of_it(
    pysetup: Any, archives: tuple[Path, Path], new_environment: Callable[[], Path]
) -> None:
    file = archives[1]
    expected = archive(file.as_uri(), file)
    digest = expected["archive_info"]["hashes"]["sha256"]
    word = f"demo @ {file.as_uri()}#sha256={digest}"
    assert installed(pysetup, new_environment(), word) == (expected, None)


def test_a_folder_has_a_direct_url(
    pysetup: Any, project: Path, new_environment: Callable[[], Path]
) -> None:
    found = installed(pysetup, new_environment(), project)
    assert found == ({"url": project.as_uri(), "dir_info": {}}, None)


def test_a_folder_in_development_says_so(
    pysetup: Any, project: Path, new_environment: Callable[[], Path]
) -> None:
    found = installed(pysetup, new_environment(), "-e", project)
    assert found == ({"url": project.as_uri(), "dir_info": {"editable": True}}, None)


def test_requested_is_what_was_named_and_stays_so(
    pysetup: Any, make_wheel: Any, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    folder = make_wheel("demo", metadata="Requires-Dist: helper\n").parent
    make_wheel("helper")
    words = ("install", "--no-index", "--find-links", folder, "--env", environment)
    assert pysetup(*words, "demo").code == 0
    assert (info(environment, "demo") / "REQUESTED").exists()
    assert not (info(environment, "helper") / "REQUESTED").exists()
    make_wheel("demo", "2.0", metadata="Requires-Dist: helper>=2\n")
    make_wheel("helper", "2.0")
    make_wheel("top", metadata="Requires-Dist: demo>=2\n")
    assert pysetup(*words, "top").code == 0
    assert info(environment, "demo").name == "demo-2.0.dist-info"
    assert (info(environment, "demo") / "REQUESTED").exists()
    assert not (info(environment, "helper") / "REQUESTED").exists()


def test_a_requirement_by_url_has_a_direct_url_and_was_not_requested(
    pysetup: Any, make_wheel: Any, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    helper = make_wheel("helper")
    needs = f"Requires-Dist: helper @ {helper.as_uri()}\n"
    demo = make_wheel("demo", metadata=needs)
    installed(pysetup, environment, demo)
    assert origin(environment, "helper") == (archive(helper.as_uri(), helper), None)
    assert not (info(environment, "helper") / "REQUESTED").exists()


def test_an_index_is_named_without_credentials(
    pysetup: Any,
    served: Any,
    archives: tuple[Path, Path],
    new_environment: Callable[[str], Path],
) -> None:
    uploaded = pysetup(
        *("publish", "--repository-url", served.upload, "--username", served.username),
        *("--password-stdin", *archives),
        stdin=f"{served.password}\n",
    )
    assert uploaded.code == 0, uploaded.err
    secret = served.simple.replace("://", f"://{served.username}:{served.password}@")
    secret = secret.replace(" ", "%20")
    environment = new_environment("by name")
    done = pysetup("install", "--env", environment, "--index-url", secret, "demo")
    assert done.code == 0, done.err
    direct, provenance = origin(environment, "demo")
    assert direct is None
    assert set(provenance) == {"url", "archive_info"}
    url = provenance["url"]
    assert url.startswith(served.simple.partition("/simple")[0])
    assert provenance == archive(url, archives[1])
    again = new_environment("by url")
    with_password = url.replace("://", "://alice:secret@")
    done = pysetup("install", "--no-index", "--env", again, f"demo @ {with_password}")
    assert done.code == 0, done.err
    assert origin(again, "demo") == (archive(url, archives[1]), None)
    source = new_environment("from source")
    words = ("--index-url", secret, "--no-binary", "demo", "demo")
    done = pysetup("install", "--env", source, *words)
    assert done.code == 0, done.err
    direct, provenance = origin(source, "demo")
    assert direct is None
    assert provenance == archive(provenance["url"], archives[0])
    assert provenance["url"].endswith(".tar.gz")


@pytest.mark.interop
def test_pip_reads_the_origin(
    pysetup: Any,
    archives: tuple[Path, Path],
    new_environment: Callable[[], Path],
    need_tool: Callable[[str], str],
) -> None:
    import subprocess
    import sys

    environment = new_environment()
    installed(pysetup, environment, archives[1])
    python = str(environment / "bin" / "python")
    told = subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "freeze"],
        capture_output=True,
        text=True,
        check=True,
        env=pysetup.environ,
    )
    assert told.stdout.startswith(f"demo @ {archives[1].as_uri()}")
    told = subprocess.run(
        [need_tool("uv"), "pip", "freeze", "--python", python],
        capture_output=True,
        text=True,
        check=True,
        env=pysetup.environ,
    )
    assert told.stdout.startswith(f"demo @ {archives[1].as_uri()}")

"""The commands that look at an environment, keep it whole and tidy it."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

MakeWheel = Callable[..., Path]


@dataclass
class Env:
    """One environment, and the command at work in it."""

    folder: Path
    pysetup: Any
    links: tuple[str, ...]

    def __call__(self, *words: str | Path, code: int = 0, **options: Any) -> Any:
        done = self.pysetup(*words, "--env", self.folder, **options)
        assert done.code == code, done.out + done.err
        return done

    def install(self, *names: str | Path) -> Any:
        return self("install", *self.links, *names)

    def json(self, *words: str | Path, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code).out)

    @property
    def site(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def names(self, *words: str) -> list[str]:
        return [row["name"] for row in json.loads(self("list", *words).out)]


@pytest.fixture
def env(
    pysetup: Any, new_environment: Callable[[str], Path], make_wheel: MakeWheel
) -> Env:
    made = make_wheel("unused")
    links = ("--no-index", "--find-links", str(made.parent))
    return Env(new_environment("env"), pysetup, links)


def requires(*texts: str, extras: Sequence[str] = ()) -> str:
    lines = [f"Provides-Extra: {extra}\n" for extra in extras]
    return "".join([*lines, *(f"Requires-Dist: {text}\n" for text in texts)])


def test_which_dist_knows_paths_modules_commands_and_says_when_nobody_owns_it(
    env: Env, make_wheel: MakeWheel, tmp_path: Path
) -> None:
    make_wheel(
        "demo",
        files={
            "demo/__init__.py": "",
            "demo/sub/mod.py": "",
            "ns/one.py": "",
            "demo/fast.cpython-311-x86_64-linux-gnu.so": b"",
            "top.py": "",
            "demo-1.0.data/data/share/demo/table.txt": "1",
            "demo-1.0.data/scripts/tool": "#!python\n",
        },
        entry_points="[console_scripts]\ndemo-run = demo:main\n",
    )
    make_wheel("other", files={"ns/two.py": ""})
    env.install("demo", "other")
    site = env.site
    table: dict[str, tuple[str, str | Path, list[str]]] = {
        "demo": ("module", "demo/__init__.py", ["demo"]),
        "demo.sub.mod": ("module", "demo/sub/mod.py", ["demo"]),
        "demo.fast": (
            *("module", "demo/fast.cpython-311-x86_64-linux-gnu.so"),
            ["demo"],
        ),
        "top": ("module", "top.py", ["demo"]),
        "ns": ("module", "ns", ["demo", "other"]),
        "ns.two": ("module", "ns/two.py", ["other"]),
        "demo/sub/mod.py": ("path", "demo/sub/mod.py", ["demo"]),
        str(site / "top.py"): ("path", "top.py", ["demo"]),
        "ns/": ("path", "ns", ["demo", "other"]),
        "demo-run": ("command", env.folder / "bin/demo-run", ["demo"]),
        "tool": ("command", env.folder / "bin/tool", ["demo"]),
        "share/demo/table.txt": (
            *("path", env.folder / "share/demo/table.txt"),
            ["demo"],
        ),
    }
    told = env.json("which-dist", *table)["result"]
    assert [row["asked"] for row in told] == list(table)
    for row in told:
        kind, path, owners = table[row["asked"]]
        expected = {"kind": kind, "path": str(site / path), "owners": owners}
        assert row["found"] == [expected], row["asked"]
    # Relative to where one is, and through a link to the environment.
    here = env("which-dist", "sub/mod.py", cwd=site / "demo")
    assert here.out == f"demo  (path {site / 'demo/sub/mod.py'})\n"
    (tmp_path / "link").symlink_to(env.folder)
    linked = tmp_path / "link" / site.relative_to(env.folder) / "top.py"
    assert env("which-dist", linked).out.startswith("demo  (path ")
    nobody = env("which-dist", "os", "top", "/etc/passwd", code=1)
    assert nobody.out == f"top: demo  (module {site / 'top.py'})\n"
    assert nobody.err.count("error[PS1390]") == 2


def test_which_dist_knows_what_is_developed(env: Env, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "src/demo").mkdir(parents=True)
    (project / "src/demo/__init__.py").write_text("")
    (project / "pyproject.toml").write_text(
        "[project]\nname = 'demo'\nversion = '1'\n"
        "[build-system]\nrequires = ['pysetup']\nbuild-backend = 'pysetup.backend'\n"
    )
    env.install("-e", project)
    module = project / "src/demo/__init__.py"
    assert env("which-dist", "demo").out == f"demo  (module {module})\n"
    assert env("which-dist", module).out == f"demo  (path {module})\n"


@pytest.fixture
def web(env: Env, make_wheel: MakeWheel) -> Env:
    """An application with a circle below it, and a library asked for with an extra."""
    make_wheel("app", metadata=requires("lib", "helper"))
    make_wheel("lib", metadata=requires("circle-a"))
    make_wheel("helper")
    make_wheel("circle-a", files={"ca.py": ""}, metadata=requires("circle-b"))
    make_wheel("circle-b", files={"cb.py": ""}, metadata=requires("circle-a"))
    make_wheel(
        "net", metadata=requires('socks; extra == "proxy"', extras=("proxy", "tls"))
    )
    make_wheel("socks")
    env.install("app", "net[proxy]")
    return env


def test_what_becomes_unneeded_goes_with_it_or_later(web: Env) -> None:
    assert web.names("--orphans", "--format", "json") == []
    dry = web("uninstall", "--orphans", "--dry-run", "app")
    gone = ["app 1.0", "circle-a 1.0", "circle-b 1.0", "helper 1.0", "lib 1.0"]
    assert sorted(dry.out.splitlines()[:-1]) == [f"- {one}" for one in gone]
    web("uninstall", "app")
    orphans = ["circle-a", "circle-b", "helper", "lib"]
    assert web.names("--orphans", "--format", "json") == orphans
    before = sorted(web.site.iterdir())
    web("autoremove", "--dry-run")
    assert sorted(web.site.iterdir()) == before
    web("autoremove", "--yes")
    # The extra that was asked for keeps what it needs.
    assert web.names("--format", "json") == ["net", "socks"]
    assert web("autoremove").out == "Nothing to do.\n"


def test_the_reason_is_told(web: Env) -> None:
    found = {
        row["metadata"]["name"]: row["reason"]
        for row in web.json("show", "app", "circle-a", "socks")["result"]
    }
    assert found["app"]["requested"]
    assert found["circle-a"]["needed_by"] == [
        {"name": "circle-b", "extra": None},
        {"name": "lib", "extra": None},
    ]
    assert found["socks"]["needed_by"] == [{"name": "net", "extra": "proxy"}]
    assert "Reason: extra proxy of net\n" in web("show", "socks").out


def test_what_another_tool_installed_is_never_an_orphan(web: Env) -> None:
    web("uninstall", "app")
    (web.site / "lib-1.0.dist-info/INSTALLER").write_text("conda\n")
    assert web.names("--orphans", "--format", "json") == ["helper"]
    for name in ("net",):
        (web.site / f"{name}-1.0.dist-info/REQUESTED").unlink()
    told = web("autoremove", code=7)
    assert "error[PS7390]" in told.err
    assert web.names("--format", "json") == [
        *("circle-a", "circle-b", "helper", "lib", "net", "socks")
    ]


def edit(path: Path, text: str) -> None:
    """Change a file as an editor does: another file takes its place."""
    fresh = path.with_name(path.name + "~")
    fresh.write_text(text)
    fresh.replace(path)


def test_damage_is_told_and_repaired(env: Env, make_wheel: MakeWheel) -> None:
    wheel = make_wheel("demo", files={"demo.py": "a = 1\n", "data.txt": "xyz\n"})
    other = make_wheel("built", "2.0")
    env.install("demo", other)
    assert env("verify").out == "Every file is as its RECORD says.\n"
    edit(env.site / "demo.py", "a = 2\n")
    edit(env.site / "data.txt", "longer than it was\n")
    (env.site / "built/__init__.py").unlink()
    told = env.json("verify", code=1)["result"]["damaged"]
    assert [(Path(r["path"]).name, r["state"], r["detail"]) for r in told] == [
        ("__init__.py", "missing", ""),
        ("data.txt", "changed", "19 bytes, RECORD says 4"),
        ("demo.py", "changed", "other content of the same size"),
    ]
    dry = env("verify", "--repair", "--dry-run")
    assert dry.out.count("would restore") == 3
    assert (env.site / "demo.py").read_text() == "a = 2\n"
    # The archive may be gone: the store has it.
    wheel.unlink()
    done = env("verify", "--repair")
    assert done.out.count("restored") == 3
    assert f"replacing {env.site / 'demo.py'}: it was changed" in done.err
    assert env("verify").out == "Every file is as its RECORD says.\n"
    assert (env.site / "data.txt").read_text() == "xyz\n"
    assert env("verify", "--repair").out == "Nothing to repair.\n"
    rows = env.json("show", "demo", "built")["result"]
    assert all(row["requested"] for row in rows)
    assert rows[0]["provenance"]["url"].endswith(wheel.name)


def test_what_cannot_be_repaired_says_why_and_the_rest_is(
    env: Env, make_wheel: MakeWheel
) -> None:
    gone = make_wheel("gone", files={"gone.py": "1\n"})
    make_wheel("good", files={"good.py": "1\n"})
    make_wheel("forged", files={"forged.py": "1\n"})
    make_wheel("plain", files={"plain.py": "1\n"})
    env.install("gone", "good", "forged", "plain")
    shutil.rmtree(env.pysetup.home / "cache")
    gone.unlink()
    make_wheel("forged", files={"forged.py": "2\n"})
    (env.site / "plain-1.0.dist-info/provenance_url.json").unlink()
    for name in ("gone", "good", "forged", "plain"):
        (env.site / f"{name}.py").unlink()
    done = env("verify", "--repair", code=1)
    assert done.out == f"restored good: missing: {env.site / 'good.py'}\n"
    assert done.err.count("error[PS1391]") == 3
    assert "plain 1.0 cannot be repaired: pysetup did not write down" in done.err
    assert "forged 1.0 cannot be repaired" in done.err
    assert (env.site / "good.py").exists()
    assert not (env.site / "forged.py").exists()


def test_a_metadata_file_that_contradicts_the_document_is_told(
    env: Env, greet: Path, wheelhouse: Path
) -> None:
    env("install", "--no-index", "--find-links", wheelhouse, greet)
    info = env.site / "greet_demo-1.2.0.dist-info"
    text = (info / "METADATA").read_text()
    edit(info / "METADATA", text.replace("Requires-Dist: humanize", "Requires-Dist: x"))
    # The master is what counts, and what is told.
    assert "humanize" in env("show", "greet-demo").out
    told = env.json("verify", "greet-demo", code=1)["result"]["disagreements"]
    assert [(row["file"], row["pointer"]) for row in told] == [
        ("METADATA", "/requires_dist")
    ]
    # Without the master everything works on what is left.
    (info / "pydist.json").unlink()
    assert "Requires: colorama, x\n" in env("show", "greet-demo").out


def test_an_egg_info_with_a_list_becomes_a_dist_info(
    env: Env, need_tool: Callable[[str], str]
) -> None:
    text = "Metadata-Version: 1.1\nName: Old.Demo\nVersion: 1.0\n"
    info = env.site / "Old.Demo-1.0-py3.11.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text(text)
    (info / "requires.txt").write_text("six\n")
    (info / "entry_points.txt").write_text("[plug]\na = old:b\n")
    (info / "top_level.txt").write_text("old\n")
    (env.site / "old.py").write_text("b = 1\n")
    listed = "../old.py\n../gone.py\nPKG-INFO\nrequires.txt\nentry_points.txt\n"
    (info / "installed-files.txt").write_text(listed)
    (env.site / "single-1.0.egg-info").write_text(text.replace("Old.Demo", "single"))
    refused = env("verify", "--convert", "old-demo", "single", code=7)
    assert "error[PS7302]" in refused.err
    assert info.exists()
    assert env("verify", "--convert", "--dry-run", "old-demo").out == (
        "would convert Old.Demo 1.0\n"
    )
    assert env("verify", "--convert", "old-demo").out == "converted Old.Demo 1.0\n"
    assert not info.exists()
    assert env("verify", "old-demo").out == "Every file is as its RECORD says.\n"
    (row,) = env.json("show", "old-demo")["result"]
    assert row["metadata"]["requires_dist"] == ["six"]
    assert row["requested"]
    assert env("verify", "--convert", "old-demo").out == "Nothing to convert.\n"
    uv = need_tool("uv")
    python = env.folder / "bin/python"
    assert os.system(f"{uv} -q --no-config pip uninstall -p {python} old-demo") == 0
    left = {path.name for path in env.site.iterdir() if path.name != "__pycache__"}
    assert left == {"single-1.0.egg-info"}


def test_lists_in_the_shapes_of_pip(env: Env, make_wheel: MakeWheel) -> None:
    wheel = make_wheel("demo", files={"demo/__init__.py": ""})
    env.install(wheel)
    digest = json.loads((env.site / "demo-1.0.dist-info/direct_url.json").read_text())[
        "archive_info"
    ]["hashes"]["sha256"]
    assert env("list", "--format", "freeze").out == "demo==1.0\n"
    assert env("freeze").out == f"demo @ {wheel.as_uri()}#sha256={digest}\n"
    shown = env("show", "-f", "demo").out
    assert "Files:\n  ../../../" not in shown
    assert "\n  demo/__init__.py\n" in shown


def test_uninstall_keeps_what_the_user_changed_and_reads_only_what_may_have_been(
    env: Env, make_wheel: MakeWheel
) -> None:
    make_wheel("demo", files={"a.txt": "aaa\n", "b.txt": "bbb\n", "c.txt": "ccc\n"})
    env.install("demo")
    edit(env.site / "a.txt", "AAA\n")  # the same size
    edit(env.site / "b.txt", "longer\n")
    status = (env.site / "b.txt").stat()
    os.utime(env.site / "b.txt", ns=(status.st_atime_ns, 0))  # but another size
    done = env("uninstall", "demo")
    assert f"kept {env.site / 'a.txt'}: it was changed" in done.err
    assert f"kept {env.site / 'b.txt'}: it was changed" in done.err
    left = {path.name for path in env.site.iterdir()} - {".pysetup"}
    assert left == {"a.txt", "b.txt"}


@pytest.mark.parametrize("installer", ["dpkg", "rpm", "conda", "apt"])
def test_what_a_package_manager_installed_is_its_own_affair(
    installer: str, env: Env, make_wheel: MakeWheel
) -> None:
    shutil.unpack_archive(make_wheel("demo"), env.site, "zip")
    (env.site / "demo-1.0.dist-info/INSTALLER").write_text(f"{installer}\n")
    refused = env("uninstall", "demo", code=7)
    assert "error[PS7301]" in refused.err
    assert env("uninstall", "--force", "demo").out == "- demo 1.0\n"

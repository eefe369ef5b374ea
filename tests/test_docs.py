"""The docs: the pages that the code knows are current, and commands in them work."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text("utf-8")
    return [body for kind, body in _BLOCK.findall(text) if kind == language]


def pages(root: Path) -> Iterator[Path]:
    yield from (root / name for name in ("README.md", "CONTRIBUTING.md"))
    yield from sorted((root / "docs").rglob("*.md"))
    yield from sorted((root / "changes").glob("*.md"))


def test_reference_pages_are_what_the_code_says(project_root: Path) -> None:
    script = "import generate; print({n: p() for n, p in generate.PAGES.items()})"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=project_root / "docs",
    )
    for name, content in eval(done.stdout).items():
        committed = (project_root / "docs" / "reference" / name).read_text("utf-8")
        assert committed == content, f"{name} is old: make docs"


def test_links_between_pages_lead_somewhere(project_root: Path) -> None:
    broken = [
        f"{page.relative_to(project_root)}: {link}"
        for page in pages(project_root)
        for link in _LINK.findall(page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert broken == []


class Shell:
    """Runs the lines of a console block as a reader would type them."""

    def __init__(self, home: Path, environ: dict[str, str]) -> None:
        self.home, self.environ = home, environ

    def __call__(self, lines: list[str], *, cwd: Path) -> str:
        script = "set -e\n" + "\n".join(lines)
        done = subprocess.run(
            ["bash", "-c", script],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env=self.environ,
            timeout=300,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path, make_wheel: Any, pysetup: Any) -> Shell:
    """A shell where ``pysetup`` is on PATH and what is needed is in a folder."""
    programs = tmp_path / "programs"
    programs.mkdir()
    launcher = programs / "pysetup"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} -m pysetup "$@"\n', "utf-8")
    launcher.chmod(0o755)
    source = "def naturaldelta(delta):\n    return str(delta.days)\n"
    made = make_wheel("humanize", "4.9", files={"humanize.py": source})
    environ = {
        **pysetup.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYSETUP_NO_INDEX": "1",
        "PYSETUP_FIND_LINKS": str(made.parent),
    }
    return Shell(tmp_path, environ)


def commands(block: str) -> list[str]:
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def outputs(block: str) -> list[str]:
    return [line for line in block.splitlines() if line and not line.startswith("$ ")]


@pytest.mark.flow
def test_the_sixty_seconds_of_the_readme(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    (tour,) = [
        block
        for block in blocks(project_root / "README.md", "console")
        if "cd examples/greet" in block
    ]
    shutil.copytree(project_root / "examples", tmp_path / "examples")
    lines = [line.replace("/tmp/", f"{tmp_path}/") for line in commands(tour)]
    told = shell(lines, cwd=tmp_path)
    for line in outputs(tour):
        assert line in told.splitlines()
    assert "One document, unchanged" in told


@pytest.mark.flow
def test_the_tutorial(project_root: Path, tmp_path: Path, shell: Shell) -> None:
    page = project_root / "docs" / "tutorial" / "first-project.md"
    first, *others = blocks(page, "console")
    shell(commands(first), cwd=tmp_path)
    project = tmp_path / "hello"
    (module,) = blocks(page, "python")
    (project / "src" / "hello_you" / "__init__.py").write_text(module, "utf-8")
    lines: list[str] = []
    expected: list[str] = []
    for block in others:
        lines += [line.replace("/tmp/", f"{tmp_path}/") for line in commands(block)]
        expected += outputs(block)
    told = shell(lines, cwd=project)
    for line in expected:
        assert line in told.splitlines()
    assert "One document, unchanged" in told


@pytest.mark.flow
def test_the_metadata_page(project_root: Path, tmp_path: Path, shell: Shell) -> None:
    page = project_root / "docs" / "how-to" / "convert-metadata.md"
    shutil.copytree(project_root / "examples", tmp_path / "examples")
    lines: list[str] = []
    expected: list[str] = []
    for block in blocks(page, "console"):
        lines += [line.replace("/tmp/", f"{tmp_path}/") for line in commands(block)]
        expected += outputs(block)
    told = shell(lines, cwd=tmp_path)
    for line in expected:
        assert line in told.splitlines()
    assert (tmp_path / "greet_demo.egg-info" / "PKG-INFO").is_file()


@pytest.mark.flow
def test_the_page_on_rebuilding(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / "rebuild-and-compare.md"
    shutil.copytree(project_root / "examples", tmp_path / "examples")
    lines: list[str] = []
    expected: list[str] = []
    for block in blocks(page, "console"):
        lines += [line.replace("/tmp/", f"{tmp_path}/") for line in commands(block)]
        expected += [line.replace("/tmp/", f"{tmp_path}/") for line in outputs(block)]
    told = shell(lines, cwd=tmp_path).splitlines()
    for line in expected:
        assert line in told
    assert sum(line.startswith("bit-identical: sha256:") for line in told) == 3


@pytest.mark.flow
def test_the_page_on_choosing_files(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / "choose-files.md"
    shutil.copytree(project_root / "examples", tmp_path / "examples")
    lines: list[str] = []
    expected: list[str] = []
    for block in blocks(page, "console"):
        lines += [line.replace("/tmp/", f"{tmp_path}/") for line in commands(block)]
        expected += outputs(block)
    told = [" ".join(line.split()) for line in shell(lines, cwd=tmp_path).splitlines()]
    for line in expected:
        assert " ".join(line.split()) in told


@pytest.mark.flow
def test_the_page_on_the_cache(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / "manage-the-cache.md"
    found = blocks(page, "console")
    told = shell([line for block in found for line in commands(block)], cwd=tmp_path)
    for line in (line for block in found for line in outputs(block)):
        assert line in told.splitlines()
    assert (tmp_path / "env/bin/python").exists()


@pytest.mark.flow
def test_the_page_on_manual_pages(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / "ship-pages-and-completions.md"
    root = tmp_path / "greeter"
    (pyproject,) = blocks(page, "toml")
    for path, text in (
        ("pyproject.toml", pyproject),
        ("greeter/__init__.py", "def main(): ...\n"),
        ("man/greeter.1", ".TH GREETER 1\n"),
        ("completions/greeter.bash", "complete -W hello greeter\n"),
        ("desktop/greeter.desktop", "[Desktop Entry]\n"),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    found = blocks(page, "console")
    told = shell([line for block in found for line in commands(block)], cwd=root)
    assert told.splitlines() == [line for block in found for line in outputs(block)]


@pytest.mark.flow
def test_the_page_on_platform_packages(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / "make-platform-packages.md"
    root = tmp_path / "greeter"
    root.mkdir()
    pyproject, options = blocks(page, "toml")
    (root / "pyproject.toml").write_text(f"{pyproject}\n{options}", "utf-8")
    (root / "greeter.py").write_text(blocks(page, "python")[0], "utf-8")
    (root / "appliance.json").write_text(blocks(page, "json")[0], "utf-8")
    first, *others = blocks(page, "console")
    lines = commands(first)
    # The options that the page adds later are not there yet.
    lines[0] += " -O format=gztar"
    told = shell([*lines, *(c for b in others for c in commands(b))], cwd=root)
    expected = [line for block in (first, *others) for line in outputs(block)]
    assert told.splitlines() == expected
    shell(["pysetup bdist_dumb --target appliance.json --dry-run ."], cwd=root)


@pytest.mark.flow
def test_the_page_on_names(project_root: Path, tmp_path: Path, shell: Shell) -> None:
    page = project_root / "docs" / "how-to" / "map-names.md"
    root = tmp_path / "greeter"
    root.mkdir()
    project, extension, own = blocks(page, "toml")
    (root / "pyproject.toml").write_text(project, "utf-8")
    (root / "greeter.py").write_text(blocks(page, "python")[0], "utf-8")
    (root / "map.json").write_text(blocks(page, "json")[0], "utf-8")
    shown, *others = blocks(page, "console")
    told = shell([f"{line} || test $? = 3" for line in commands(shown)], cwd=root)
    assert "NOT MAPPED" in told
    assert "table:debian-13" in told
    mapped = shell(commands(others[0]), cwd=root)
    assert "NOT MAPPED" not in mapped
    for block in others[1:]:
        assert shell(commands(block), cwd=root).splitlines() == outputs(block)
    stated = f"{project}\n{extension}\n{own}"
    (root / "pyproject.toml").write_text(stated, "utf-8")
    assert "document:deb" in shell(commands(shown), cwd=root)
    told = shell(["pysetup bdist_pacman --dry-run . || test $? = 3"], cwd=root)
    assert told.startswith("greeter-tool ")


@pytest.mark.flow
def test_the_page_on_rpm(
    project_root: Path, tmp_path: Path, shell: Shell, need_tool: Any
) -> None:
    need_tool("rpm")
    page = project_root / "docs" / "how-to" / "make-an-rpm.md"
    root = tmp_path / "greeter"
    root.mkdir()
    (root / "pyproject.toml").write_text(blocks(page, "toml")[0], "utf-8")
    (root / "greeter.py").write_text(blocks(page, "python")[0], "utf-8")
    told: list[str] = []
    for block in blocks(page, "console"):
        told += shell(commands(block), cwd=root).splitlines()
    expected = [line for block in blocks(page, "console") for line in outputs(block)]
    assert [line for line in told if line] == expected


@pytest.mark.flow
@pytest.mark.parametrize(
    "name",
    ["make-a-conda-package", "make-a-pacman-package", "make-one-file", "make-recipes"],
)
def test_the_pages_on_other_packages(
    name: str, project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / f"{name}.md"
    root = tmp_path / "greeter"
    root.mkdir()
    (root / "pyproject.toml").write_text(blocks(page, "toml")[0], "utf-8")
    (root / "greeter.py").write_text(blocks(page, "python")[0], "utf-8")
    told: list[str] = []
    for block in blocks(page, "console"):
        told += shell(commands(block), cwd=root).splitlines()
    expected = [line for block in blocks(page, "console") for line in outputs(block)]
    assert told == expected


@pytest.mark.flow
def test_the_page_on_debian_packages(
    project_root: Path, tmp_path: Path, shell: Shell, need_tool: Any
) -> None:
    need_tool("dpkg-deb")
    page = project_root / "docs" / "how-to" / "make-a-debian-package.md"
    root = tmp_path / "greeter"
    root.mkdir()
    (root / "pyproject.toml").write_text(blocks(page, "toml")[0], "utf-8")
    (root / "greeter.py").write_text(blocks(page, "python")[0], "utf-8")
    (root / "names.json").write_text(blocks(page, "json")[0], "utf-8")
    told: list[str] = []
    for block in blocks(page, "console"):
        told += shell(commands(block), cwd=root).splitlines()
    expected = [line for block in blocks(page, "console") for line in outputs(block)]
    assert [line for line in told if line] == expected


@pytest.mark.flow
def test_the_page_on_undo(project_root: Path, tmp_path: Path, shell: Shell) -> None:
    page = project_root / "docs" / "how-to" / "undo-a-change.md"
    found = blocks(page, "console")
    told = shell([line for block in found for line in commands(block)], cwd=tmp_path)
    for line in (line for block in found for line in outputs(block)):
        assert line in told.splitlines()


@pytest.mark.flow
@pytest.mark.parametrize(
    "page", ["how-to/coming-from-pip.md", "reference/configuration.md"]
)
def test_the_pages_on_pip_and_configuration(
    page: str, project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    found = blocks(project_root / "docs" / page, "console")
    told = shell([line for block in found for line in commands(block)], cwd=tmp_path)
    for line in (line for block in found for line in outputs(block)):
        assert line in told.splitlines()


@pytest.mark.flow
def test_the_page_on_environments(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / "look-after-an-environment.md"
    found = blocks(page, "console")
    told = shell([line for block in found for line in commands(block)], cwd=tmp_path)
    for line in (line for block in found for line in outputs(block)):
        assert line in told.splitlines()


@pytest.mark.flow
def test_the_page_on_what_an_install_does(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / "follow-an-install.md"
    found = blocks(page, "console")
    told = shell([line for block in found for line in commands(block)], cwd=tmp_path)
    for line in (line for block in found for line in outputs(block)):
        assert line in told.splitlines()
    assert "<svg" in (tmp_path / "time.html").read_text("utf-8")
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["version"] == "1"


@pytest.mark.flow
def test_the_page_about_publishing(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / "check-before-publishing.md"
    shutil.copytree(project_root / "examples", tmp_path / "examples")
    lines: list[str] = []
    expected: list[str] = []
    for block in blocks(page, "console"):
        lines += [line.replace("/tmp/", f"{tmp_path}/") for line in commands(block)]
        expected += outputs(block)
    told = shell(lines, cwd=tmp_path)
    for line in expected:
        assert line in told.splitlines()


@pytest.mark.flow
def test_the_develop_page(project_root: Path, tmp_path: Path, shell: Shell) -> None:
    page = project_root / "docs" / "how-to" / "develop.md"
    lines = [line for block in blocks(page, "console") for line in commands(block)]
    expected = [line for block in blocks(page, "console") for line in outputs(block)]
    (tmp_path / "old").mkdir()
    (setup_cfg,) = blocks(page, "ini")
    (tmp_path / "old" / "setup.cfg").write_text(setup_cfg, "utf-8")
    (tmp_path / "old" / "oldtool.py").write_text("", "utf-8")
    told = shell(lines, cwd=tmp_path)
    for line in expected:
        assert line in told.splitlines()


@pytest.mark.flow
def test_the_page_on_dependencies(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / "manage-dependencies.md"
    found = blocks(page, "console")
    lines = [line for block in found for line in commands(block)]
    lines = [line.replace("/tmp/", f"{tmp_path}/") for line in lines]
    told = shell(lines, cwd=tmp_path)
    for line in (line for block in found for line in outputs(block)):
        assert line.replace("/tmp/", f"{tmp_path}/") in told.splitlines()


@pytest.mark.flow
def test_the_page_on_versions(
    project_root: Path, tmp_path: Path, shell: Shell, make_wheel: Any
) -> None:
    for version in ("4.8", "5.0a1"):
        make_wheel("humanize", version)
    make_wheel("oldtool", "1.0", metadata="Requires-Dist: humanize<4.9\n")
    page = project_root / "docs" / "how-to" / "choose-versions.md"
    for block in blocks(page, "console"):
        told = shell(commands(block), cwd=tmp_path).splitlines()
        # The wording of creating an environment is told elsewhere.
        told = [line for line in told if line[:1] in "+~N"]
        assert told == outputs(block)


@pytest.mark.flow
def test_the_library_page(project_root: Path, tmp_path: Path, shell: Shell) -> None:
    page = project_root / "docs" / "how-to" / "use-the-library.md"
    program = "\n".join(blocks(page, "python")).replace("/tmp/", f"{tmp_path}/")
    shutil.copytree(project_root / "examples", tmp_path / "examples")
    (tmp_path / "program.py").write_text(program, "utf-8")
    told = shell([f"{sys.executable} program.py"], cwd=tmp_path)
    assert "greet-demo 1.2.0 sha256:" in told
    assert "PS" in told.splitlines()[-1]


@pytest.mark.flow
def test_the_page_on_building(project_root: Path, tmp_path: Path, shell: Shell) -> None:
    page = project_root / "docs" / "how-to" / "build-any-project.md"
    project = tmp_path / "hello"
    project.mkdir()
    toml = blocks(page, "toml")
    (project / "pyproject.toml").write_text(f"{toml[0]}\n{toml[1]}", "utf-8")
    (project / "hello.py").write_text('"""Says hello."""\n', "utf-8")
    for block in blocks(page, "console"):
        # Isolated environments need an index; what is installed here will do.
        lines = [f"{line} --no-isolation" for line in commands(block)]
        told = shell(lines, cwd=project)
        assert outputs(block) == told.splitlines()


@pytest.mark.flow
def test_the_page_on_make_and_c(
    project_root: Path, tmp_path: Path, shell: Shell
) -> None:
    page = project_root / "docs" / "how-to" / "build-with-make-or-c.md"
    (makefile,) = blocks(page, "makefile")
    package = tmp_path / "greet" / "src" / "greet_fast"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", "utf-8")
    root = tmp_path / "greet"
    (root / "pyproject.toml").write_text(blocks(page, "toml")[0], "utf-8")
    (root / "Makefile").write_text(makefile, "utf-8")
    lines: list[str] = []
    expected: list[str] = []
    for block in blocks(page, "console"):
        lines += commands(block)
        expected += outputs(block)
    told = shell(lines, cwd=root)
    assert told.splitlines() == expected


@pytest.mark.flow
def test_the_page_on_running(project_root: Path, tmp_path: Path, shell: Shell) -> None:
    page = project_root / "docs" / "how-to" / "run-scripts.md"
    (script,) = blocks(page, "python")
    (tmp_path / "here.py").write_text(script, "utf-8")
    lines: list[str] = []
    expected: list[str] = []
    for block in blocks(page, "console"):
        lines += commands(block)
        expected += outputs(block)
    told = shell(lines, cwd=tmp_path).splitlines()
    # The words that a dry run shows name a folder of the cache.
    dry = [line for line in told if line.endswith("here.py") or "4.9" in line]
    assert len(dry) == 2
    assert [line for line in told if line not in dry] == expected


@pytest.mark.flow
def test_the_page_on_locks(project_root: Path, tmp_path: Path, shell: Shell) -> None:
    page = project_root / "docs" / "how-to" / "lock-and-sync.md"
    found = blocks(page, "console")
    told = shell([line for block in found for line in commands(block)], cwd=tmp_path)
    for line in (line for block in found for line in outputs(block)):
        assert line in told.splitlines()


def test_the_page_on_formats_shows_the_example(project_root: Path) -> None:
    page = project_root / "docs" / "how-to" / "write-a-format.md"
    (shown,) = blocks(page, "python")
    example = project_root / "examples/plugins/bdist_flat/bdist_flat.py"

    def code(text: str) -> str:
        tree = ast.parse(text)
        for node in (tree, *tree.body):
            body = getattr(node, "body", None)
            if body and isinstance(body[0], ast.Expr):
                del body[0]  # its docstring
        return ast.unparse(tree)

    assert code(shown) == code(example.read_text("utf-8"))

"""The files of a new project, from a few answers; nothing is written here."""

import keyword
import re
import sys
from collections.abc import Collection, Mapping

from pysetup.errors import UsageError
from pysetup.metadata.formats.toml_writer import Inline, to_toml_text
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import InvalidNameError, filename_name, parse_name
from pysetup.values import dataclass

BUILD_SYSTEM: Mapping[str, object] = {
    "requires": ["pysetup"],
    "build-backend": "pysetup.backend",
}
_IGNORED = "# What Python, builds and environments leave behind\n" + "".join(
    f"{line}\n" for line in ("__pycache__/", "*.py[co]", "/build/", "/dist/", ".venv/")
)


class UnusableProjectNameError(UsageError):
    """A project cannot have this name, or its package could not be imported.

    A name has letters, digits, ``-``, ``_`` and ``.``. The package is called like the
    project, with ``_`` for everything else; it must be a Python name, and must not be
    that of a module of Python itself, which would be imported in its place.
    """

    code = "PS2800"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name!r} is no usable name for a project: {reason}",
            facts={"name": name},
            hints=("choose another one:  pysetup init --name NAME",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProject:
    """What is known of a project that does not exist yet; empty texts are left out.

    ``command`` says whether it gets a command of its own name; ``modules`` are those
    that stand in its folder already, for which no package is made, and
    ``dependencies`` what they are known to need.
    """

    name: str
    version: str = "0.1.0"
    summary: str = ""
    license: str = ""
    author: str = ""
    email: str = ""
    requires_python: str = ""
    command: bool = False
    modules: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """The import name."""
        return self.modules[0] if self.modules else package_name(self.name)

    def table(self) -> dict[str, object]:
        """Return the table ``[project]``."""
        person = {"name": self.author, "email": self.email}
        people = Inline({key: text for key, text in person.items() if text})
        table: dict[str, object] = {
            "name": self.name,
            "version": self.version,
            "description": self.summary,
            "readme": "README.md",
            "requires-python": self.requires_python,
            "license": self.license,
            "authors": [people] if people else [],
            "dependencies": list(self.dependencies),
        }
        kept = {key: value for key, value in table.items() if value}
        if self.command and not self.modules:
            kept["scripts"] = {self.name: f"{self.package}:main"}
        return kept

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "version": self.version,
            "package": self.package,
            "command": self.command,
        }


def plan_project(new: NewProject, present: Collection[str]) -> dict[str, bytes]:
    """Return path -> content of the files of ``new`` but for those ``present``.

    Raises ``UnusableProjectNameError``.
    """
    texts = {
        "pyproject.toml": to_toml_text(
            {"build-system": BUILD_SYSTEM, "project": new.table()}
        ),
        "README.md": _readme(new),
        ".gitignore": _IGNORED,
    }
    if not new.modules:
        texts[f"src/{new.package}/__init__.py"] = _module(new)
    return {path: text.encode() for path, text in texts.items() if path not in present}


def package_name(name: str) -> str:
    """Return the import name for a project; raises ``UnusableProjectNameError``."""
    try:
        parse_name(name)
    except InvalidNameError as error:
        raise UnusableProjectNameError(name, error.message) from None
    package = filename_name(name)
    if not package.isidentifier() or keyword.iskeyword(package):
        raise UnusableProjectNameError(name, f"{package} is not a Python name")
    if package in sys.stdlib_module_names:
        raise UnusableProjectNameError(name, f"Python has a module {package} itself")
    return package


def name_for_folder(folder: str) -> str:
    """Return a project name like that of its folder."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", folder).strip("-._").lower()


def _readme(new: NewProject) -> str:
    return f"# {new.name}\n" + (f"\n{new.summary}\n" if new.summary else "")


def _module(new: NewProject) -> str:
    caption = new.summary or f"The package of {new.name}"
    quoted = caption.replace("\\", "\\\\").replace('"', "'").rstrip(".")
    docstring = f'"""{quoted}."""\n'
    if not new.command:
        return docstring
    return docstring + (
        "\n\ndef main() -> None:\n"
        f'    """Run the command {new.name}."""\n'
        f'    print("Hello from {new.name}")\n'
    )

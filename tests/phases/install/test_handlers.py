import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_file import open_wheel
from pysetup.metadata.document import Metadata
from pysetup.metadata.projections import projections
from pysetup.phases.install.handlers.actions import (
    ActionError,
    MakeLink,
    Place,
    PlaceFile,
    WriteText,
    read_actions,
)
from pysetup.phases.install.handlers.built_in import BUILT_IN
from pysetup.phases.install.handlers.handler import FoundHandler, as_data
from pysetup.phases.install.handlers.plugins import providers_in
from pysetup.phases.install.handlers.tasks import (
    UnhandledExtensionError,
    UnusableHandlerError,
    needs_plugin,
)
from pysetup.phases.install.plan import InstallPlan, plan_install

MakeWheel = Callable[..., Path]
SITE = "lib/python3.12/site-packages"


def document(**extensions: Any) -> Metadata:
    return Metadata.from_dict(
        {
            "metadata_version": "2.1",
            "name": "demo",
            "version": "1.0",
            "extensions": {
                name.replace("__", "."): value for name, value in extensions.items()
            },
        }
    )


def plan(
    path: Path, environment: Environment, *found: FoundHandler, **options: Any
) -> InstallPlan:
    with open_wheel(path) as wheel:
        return plan_install(
            wheel,
            environment,
            requested=False,
            find_handlers=lambda name: found if name == "acme.menu" else (),
            **options,
        )


def returning(value: Any) -> FoundHandler:
    return FoundHandler("acme-plugin 2.0", lambda: lambda *_: value)


def places(made: InstallPlan, environment: Environment) -> dict[str, str | None]:
    return {
        os.path.relpath(file.path, environment.prefix): file.source
        for file in made.files
        if ".dist-info" not in file.path
    }


MUST = {"installer_must_handle": True}


@pytest.fixture
def menu_wheel(make_wheel: MakeWheel) -> Path:
    """A wheel with an extension that must be handled."""
    return make_wheel(
        files={"demo/__init__.py": "", "demo/icon.svg": "<svg/>"},
        info=projections(document(acme__menu={**MUST, "title": "Menu"})),
    )


WRITE = {"action": "write", "category": "datadir", "path": "menus/demo", "text": "x"}
PLACE = {
    "action": "place",
    "category": "datadir",
    "path": "menus/demo.svg",
    "file": "demo/icon.svg",
}
LINK = {
    "action": "link",
    "category": "datadir",
    "path": "menus/latest",
    "to": {"category": "datadir", "path": "menus/demo"},
}


def test_actions_are_planned_as_files_of_the_distribution(
    menu_wheel: Path, environment: Environment
) -> None:
    made = plan(menu_wheel, environment, returning([WRITE, PLACE, LINK]))
    assert places(made, environment) == {
        f"{SITE}/demo/__init__.py": "demo/__init__.py",
        f"{SITE}/demo/icon.svg": "demo/icon.svg",
        "share/menus/demo": None,
        "share/menus/demo.svg": "demo/icon.svg",
        "share/menus/latest": None,
    }
    link = next(file for file in made.files if file.link)
    assert link.link == os.path.join(environment.prefix, "share/menus/demo")


def test_actions_have_a_json_form_that_reads_the_same() -> None:
    actions = read_actions([WRITE, PLACE, LINK])
    assert [type(action) for action in actions] == [WriteText, PlaceFile, MakeLink]
    assert [action.to_json() for action in actions] == [WRITE, PLACE, LINK]
    assert str(actions[0].place) == "datadir/menus/demo"
    assert actions[0].place == Place("datadir", "menus/demo")


NO_ACTIONS: dict[str, Any] = {
    "nothing": None,
    "a text": "write",
    "an object": {"actions": []},
    "a list of texts": ["write"],
    "an unknown action": [{**WRITE, "action": "run"}],
    "no action": [{"category": "datadir", "path": "x", "text": ""}],
    "an action that is a list": [{**WRITE, "action": ["write"]}],
    "a key too many": [{**WRITE, "mode": "0777"}],
    "a key too few": [{"action": "write", "category": "datadir", "path": "x"}],
    "an unknown category": [{**WRITE, "category": "home"}],
    "a category that is a list": [{**WRITE, "category": []}],
    "a path that climbs": [{**WRITE, "path": "../../etc/passwd"}],
    "an absolute path": [{**WRITE, "path": "/etc/passwd"}],
    "a drive": [{**WRITE, "path": "c:/x"}],
    "a backslash": [{**WRITE, "path": "..\\x"}],
    "a control character": [{**WRITE, "path": "a\nb"}],
    "an empty path": [{**WRITE, "path": ""}],
    "a path that is a number": [{**WRITE, "path": 7}],
    "a path of half a character": [{**WRITE, "path": "\ud800"}],
    "a text that is a number": [{**WRITE, "text": 7}],
    "a text of half a character": [{**WRITE, "text": "\ud800"}],
    "an endless text": [{**WRITE, "text": "x" * (1 << 21)}],
    "a link to a text": [{**LINK, "to": "/etc/passwd"}],
    "a link that climbs": [{**LINK, "to": {"category": "datadir", "path": "../x"}}],
    "endless actions": [WRITE] * 10_001,
}


@pytest.mark.parametrize("value", NO_ACTIONS.values(), ids=NO_ACTIONS)
def test_what_is_no_list_of_actions_is_refused_with_the_name_of_who_gave_it(
    value: Any, menu_wheel: Path, environment: Environment
) -> None:
    with pytest.raises(ActionError):
        read_actions(value)
    with pytest.raises(UnusableHandlerError) as caught:
        plan(menu_wheel, environment, returning(value))
    assert "acme-plugin 2.0 cannot handle acme.menu of demo" in str(caught.value)
    assert caught.value.exit_code == 7


FORBIDDEN: dict[str, list[Any]] = {
    "the interpreter": [{**WRITE, "category": "bindir", "path": "python3"}],
    "activation": [{**WRITE, "category": "bindir", "path": "activate"}],
    "pip": [{**WRITE, "category": "bindir", "path": "pip"}],
    "a command in a folder": [{**WRITE, "category": "bindir", "path": "a/b"}],
    "a link as the interpreter": [
        WRITE,
        {**LINK, "category": "bindir", "path": "python"},
    ],
    "the entry of another distribution": [
        {
            **WRITE,
            "category": "libdir",
            "path": "python3.12/site-packages/other-1.0.dist-info/RECORD",
        }
    ],
    "a file of the wheel": [
        {**WRITE, "category": "libdir", "path": f"{SITE[4:]}/demo/__init__.py"}
    ],
    "two texts for one place": [WRITE, WRITE],
    "a file that is not there": [{**PLACE, "file": "demo/other.svg"}],
    "the list of files": [{**PLACE, "file": "demo-1.0.dist-info/RECORD"}],
    "a link to nothing of its own": [LINK],
    "a link to the interpreter": [
        {**LINK, "to": {"category": "bindir", "path": "python"}}
    ],
}


@pytest.mark.parametrize("value", FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_no_handler_may_ask_for_is_refused_with_its_name(
    value: list[Any], menu_wheel: Path, environment: Environment
) -> None:
    with pytest.raises(UnusableHandlerError, match=r"acme-plugin 2\.0"):
        plan(menu_wheel, environment, returning(value))


def failing(error: BaseException) -> FoundHandler:
    def handle(*_: Any) -> Any:
        raise error

    return FoundHandler("acme-plugin 2.0", lambda: handle)


def unloadable() -> Any:
    raise ImportError("no module named acme")


BROKEN = {
    "it raises": failing(ValueError("no title")),
    "it leaves": failing(SystemExit(1)),
    "it raises an error of ours": failing(UnhandledExtensionError("x", {})),
    "it has no end": failing(RecursionError()),
    "it cannot be loaded": FoundHandler("acme-plugin 2.0", unloadable),
    "it is no function": FoundHandler("acme-plugin 2.0", lambda: 7),  # type: ignore[arg-type,return-value] # the fault
    "it returns objects of its own": returning([object()]),
}


@pytest.mark.parametrize("handler", BROKEN.values(), ids=BROKEN)
def test_a_broken_handler_is_told_with_its_name(
    handler: FoundHandler, menu_wheel: Path, environment: Environment
) -> None:
    with pytest.raises(UnusableHandlerError, match=r"acme-plugin 2\.0"):
        plan(menu_wheel, environment, handler)


def test_two_plugins_for_one_extension_are_refused(
    menu_wheel: Path, environment: Environment
) -> None:
    two = (returning([]), FoundHandler("other 1.0", lambda: lambda *_: []))
    with pytest.raises(UnusableHandlerError, match=r"other 1\.0"):
        plan(menu_wheel, environment, *two)


def test_a_handler_gets_copies_of_data_and_may_print(
    menu_wheel: Path,
    environment: Environment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: list[Any] = []

    def handle(extension: Any, whole: Any, world: Any) -> Any:
        print("hello")  # noqa: T201 - a plug-in may
        seen.append((extension["title"], whole["name"], world["folders"]["mandir"]))
        extension.clear()
        whole.clear()
        world.clear()
        return []

    made = plan(menu_wheel, environment, FoundHandler("p 1", lambda: handle))
    assert seen == [("Menu", "demo", f"{environment.prefix}/share/man")]
    assert made.name == "demo"
    assert capsys.readouterr() == ("", "hello\n")


def test_what_need_not_be_handled_is_left_to_nobody(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    def refuse(_: str) -> tuple[FoundHandler, ...]:
        raise AssertionError("nothing is to be looked for")

    metadata = document(acme__menu={"title": "Menu"}, python__commands={**MUST})
    path = make_wheel(info=projections(metadata))
    with open_wheel(path) as wheel:
        plan_install(wheel, environment, requested=False, find_handlers=refuse)
    assert not needs_plugin(metadata)
    assert needs_plugin(document(acme__menu=MUST))


def test_the_provider_is_named_where_the_name_tells_it(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    metadata = document(
        **{
            "acme.menu": MUST,
            "demo.colours": MUST,
            "org.example.thing": MUST,
            "python.later": MUST,
        }
    )
    with pytest.raises(UnhandledExtensionError) as caught:
        plan(make_wheel(info=projections(metadata)), environment)
    assert caught.value.facts["providers"] == {
        "acme.menu": "acme",
        "demo.colours": "demo",
        "python.later": "pysetup",
    }
    assert "install the plug-in of acme beside pysetup" in caught.value.hints[0]


def test_the_provider_is_named_where_it_is_installed(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    info = Path(environment.scheme.purelib, "the_menus-3.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: the-menus\n")
    (info / "entry_points.txt").write_text("[pysetup.handlers]\nacme.menu = m:f\n")
    path = make_wheel(info=projections(document(acme__menu=MUST)))
    with pytest.raises(UnhandledExtensionError) as caught:
        plan(path, environment)
    assert caught.value.facts["providers"] == {"acme.menu": "the-menus"}


def test_own_handlers_have_the_same_interface(environment: Environment) -> None:
    whole = document().to_dict()
    world = as_data(environment, project="demo")
    extensions: dict[str, Any] = {
        "python.commands": {"wrap_console": {"demo": "demo:main"}},
        "python.exports": {"exports": {"group": {"a": "demo:a"}}},
        "python.files": {"man_pages": ["demo.1"]},
    }
    assert set(extensions) == set(BUILT_IN)
    made = {
        name: read_actions(BUILT_IN[name](value, whole, world))
        for name, value in extensions.items()
    }
    assert [str(one.place) for one in made["python.commands"]] == ["bindir/demo"]
    assert made["python.exports"] == ()
    assert [str(one.place) for one in made["python.files"]] == ["mandir/man1/demo.1"]


PAGE = {"man_pages": ["man/demo.1"]}
PLACED = "demo-1.0.data/data/share/man/man1/demo.1"
SOURCES: dict[str, tuple[dict[str, Any], dict[str, str], str | None]] = {
    "where every installer puts it": (PAGE, {PLACED: "page"}, PLACED),
    "by its path in the wheel": (PAGE, {"man/demo.1": "page"}, "man/demo.1"),
    "by its path in .data": (
        {"man_pages": ["demo-1.0.data/data/demo.1"]},
        {"demo-1.0.data/data/demo.1": "page"},
        "demo-1.0.data/data/demo.1",
    ),
    "in a category of PEP 491": (
        {"man_pages": ["demo-1.0.data/mandir/demo.1"]},
        {"demo-1.0.data/mandir/demo.1": "page"},
        "demo-1.0.data/mandir/demo.1",
    ),
    "nowhere": (PAGE, {}, None),
}


@pytest.mark.parametrize(
    ("extension", "files", "source"), SOURCES.values(), ids=SOURCES
)
def test_a_file_of_the_system_is_found_in_the_wheel(
    extension: dict[str, Any],
    files: dict[str, str],
    source: str | None,
    make_wheel: MakeWheel,
    environment: Environment,
) -> None:
    path = make_wheel(files=files, info=projections(document(python__files=extension)))
    found = places(plan(path, environment), environment)
    assert found.get("share/man/man1/demo.1") == source
    # In .data a file has no second place.
    times = 0 if source is None else 2 if source == "man/demo.1" else 1
    assert list(found.values()).count(source) == times


def test_a_file_that_is_missing_is_refused_if_it_must_be_there(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    metadata = document(python__files={**PAGE, **MUST})
    with pytest.raises(UnusableHandlerError, match="not in the wheel"):
        plan(make_wheel(info=projections(metadata)), environment)


HOSTILE: dict[str, dict[str, Any]] = {
    "it climbs": {"categories": {"datadir": {"../../x": "man/demo.1"}}},
    "it is absolute": {"configuration": {"/etc/passwd": "man/demo.1"}},
    "the interpreter": {"categories": {"bindir": {"python": "man/demo.1"}}},
    "the entry of another": {
        "categories": {
            "libdir": {"python3.12/site-packages/o-1.dist-info/RECORD": "man/demo.1"}
        }
    },
    "the state folder": {
        "categories": {"libdir": {"python3.12/site-packages/.pysetup/x": "man/demo.1"}}
    },
}


@pytest.mark.parametrize("extension", HOSTILE.values(), ids=HOSTILE)
def test_hostile_places_of_system_files_are_refused(
    extension: dict[str, Any], make_wheel: MakeWheel, environment: Environment
) -> None:
    path = make_wheel(
        files={"man/demo.1": "page"},
        info=projections(document(python__files=extension)),
    )
    with pytest.raises(PysetupError):
        plan(path, environment)


LIB = f"{SITE[4:]}/a.pth"
START_UP: dict[str, list[Any]] = {
    "a text": [{**WRITE, "category": "libdir", "path": LIB, "text": "import evil\n"}],
    "a file of the wheel": [
        {**PLACE, "category": "libdir", "path": LIB, "file": "demo/code.txt"}
    ],
    "a link": [
        {**WRITE, "text": "import evil\n"},
        {**LINK, "category": "libdir", "path": LIB},
    ],
}


@pytest.mark.parametrize("value", START_UP.values(), ids=START_UP)
def test_code_for_the_start_that_a_handler_brings_is_noted(
    value: list[Any], make_wheel: MakeWheel, environment: Environment
) -> None:
    path = make_wheel(
        files={"demo/code.txt": "import evil\n"},
        info=projections(document(acme__menu=MUST)),
    )
    made = plan(path, environment, returning(value))
    assert made.start_up_files == (f"{environment.scheme.purelib}/a.pth",)


def test_commands_of_system_files_can_be_run(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    extension = {"categories": {"bindir": {"tool": "demo/tool.py"}}}
    path = make_wheel(
        files={"demo/tool.py": "#!python\nprint(1)\n"},
        info=projections(document(python__files=extension)),
    )
    made = plan(path, environment)
    tool = next(file for file in made.files if file.path.endswith("bin/tool"))
    assert tool.executable
    assert tool.content.startswith(f"#!{environment.executable}\n".encode())


def test_damaged_distributions_offer_nothing(tmp_path: Path) -> None:
    for name, entry_points in (
        ("broken-1.0", b"[pysetup.handlers\nacme.menu\n\xff"),
        ("empty-1.0", b"[pysetup.handlers]\nacme.menu = m:f\n"),
        ("good-1.0", b"[pysetup.handlers]\nacme.menu = m:f\n[other]\nacme.menu = x\n"),
    ):
        info = tmp_path / f"{name}.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_bytes(entry_points)
    good = tmp_path / "good-1.0.dist-info" / "METADATA"
    good.write_text("Metadata-Version: 2.1\nName: good\nVersion: 1.0\n", "utf-8")
    assert providers_in("acme.menu", [str(tmp_path)]) == ("good 1.0",)
    assert providers_in("acme.other", [str(tmp_path)]) == ()

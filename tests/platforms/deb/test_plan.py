"""What is decided for wheels of all kinds: relations, architecture, files, scripts."""

import json
import struct
from collections.abc import Callable
from typing import Any

import pytest

from pysetup.platforms.deb.numpy_relations import NumpyInterfaceError
from pysetup.platforms.interface import FoundName
from pysetup.platforms.packed_pages import gzipped
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.staging import StagingClashError

Built = Callable[..., Any]
Plan = Callable[..., PackagePlan]

ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, 62) + bytes(44)
SITE = "usr/lib/python3/dist-packages"


def compiled(tag: str) -> dict[str, Any]:
    files = {"demo/__init__.py": "", "demo/_c.so": ELF}
    return {"files": files, "tag": tag, "pure": False}


def requires(*texts: str) -> str:
    return "".join(f"Requires-Dist: {text}\n" for text in texts)


@pytest.mark.parametrize(
    ("metadata", "more", "expected"),
    [
        pytest.param("", {}, ["python3:any"], id="any Python"),
        pytest.param(
            "Requires-Python: >=3.8\n", {}, ["python3:any (>= 3.8)"], id="a floor"
        ),
        pytest.param(
            "Requires-Python: >=3.8,<3.13\n",
            {},
            ["python3:any (>= 3.8)", "python3:any (<< 3.13)"],
            id="a cap",
        ),
        pytest.param(
            "Requires-Python: >=3.8\n",
            compiled("cp311-cp311-linux_x86_64"),
            ["python3 (>= 3.11~)", "python3 (<< 3.12)"],
            id="one ABI",
        ),
        pytest.param(
            "Requires-Python: >=3.8\n",
            compiled("cp39-abi3-linux_x86_64"),
            ["python3 (>= 3.9~)"],
            id="the stable ABI has no upper bound",
        ),
        pytest.param(
            "Requires-Python: <3.13\n",
            compiled("cp39-abi3-linux_x86_64"),
            ["python3 (>= 3.9~)", "python3 (<< 3.13)"],
            id="the stable ABI, and a cap",
        ),
        pytest.param(
            "",
            compiled("py3-none-linux_x86_64"),
            ["python3"],
            id="machine code of no Python",
        ),
        pytest.param(
            requires('tomli; python_version < "3.11"'),
            {},
            ["python3:any (>= 3.11~)"],
            id="a marker holds only from this Python on",
        ),
        pytest.param(
            requires('six; python_version < "3.13"'),
            {},
            ["python3:any (<< 3.13)", "python3-six"],
            id="a marker holds only up to this Python",
        ),
        pytest.param(
            requires('six; python_version >= "2.7"'),
            {},
            ["python3:any", "python3-six"],
            id="a marker that always holds",
        ),
    ],
)
def test_relations_to_python(
    metadata: str,
    more: dict[str, Any],
    expected: list[str],
    built: Built,
    plan_of: Plan,
) -> None:
    plan = plan_of(built(metadata=metadata, **more), {"six": "python3-six"})
    shown = [text.replace("~~", "") for text in plan.relations["requires"]]
    assert shown == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "all"),
        (compiled("cp311-cp311-linux_x86_64"), "amd64"),
        ({"files": {"demo/__init__.py": "", "demo/w.exe": b"MZ" + bytes(80)}}, "all"),
        ({"files": {"demo/__init__.py": "", "demo/_c.so": ELF}}, "amd64"),
        ({"files": {"demo/__init__.py": ""}, "tag": "py3-none-linux_x86_64"}, "amd64"),
    ],
)
def test_the_architecture_follows_from_tags_and_content(
    more: dict[str, Any], expected: str, built: Built, plan_of: Plan
) -> None:
    assert plan_of(built(**more)).architecture == expected


def test_the_package_of_a_distribution_is_taken_over(
    built: Built, plan_of: Plan
) -> None:
    shipped = FoundName("demo", ("python3-other",), epoch="2", evidence="test")
    plan = plan_of(built(), {"demo": shipped})
    assert plan.relations["provides"] == (f"python3-other (= 2:{plan.version})",)
    assert plan.relations["conflicts"] == ("python3-other",)
    assert plan.relations["replaces"] == ("python3-other",)


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        ("demo/x.js", "#!/usr/bin/env node", ("suggests", "nodejs")),
        ("demo/x.rb", "#!/usr/bin/ruby -w", ("suggests", "ruby")),
        ("demo/x", "#!/usr/bin/env -S zsh -f", ("suggests", "zsh")),
        ("demo-1.0.data/scripts/x", "#!/usr/bin/env node", ("requires", "nodejs")),
        ("demo/x.sh", "#!/bin/bash", None),
        ("demo/x.py", "#!/usr/bin/env python3", None),
        ("demo/x", "#!", None),
    ],
)
def test_what_runs_a_script_is_suggested_or_required(
    path: str,
    line: str,
    expected: tuple[str, str] | None,
    built: Built,
    plan_of: Plan,
) -> None:
    plan = plan_of(
        built(files={"demo/a.py": "", path: f"{line}\n"}, executable=(path,))
    )
    found = {
        (kind, text)
        for kind in ("requires", "suggests")
        for text in plan.relations.get(kind, ())
        if "python" not in text
    }
    assert found == ({expected} if expected else set())


def uses_numpy(module: str, tag: str = "cp311-cp311-linux_x86_64") -> dict[str, Any]:
    message = "module compiled against ABI version 0x%x but this version of numpy is"
    texts = f"\0numpy.core._multiarray_umath\0{module}\0{message}\0"
    files = {"demo/__init__.py": "", "demo/_c.so": ELF + texts.encode()}
    return {"files": files, "tag": tag, "pure": False}


NUMPY_1, NUMPY_2 = "numpy.core.multiarray", "numpy._core._multiarray_umath"
OLD, NEW = "python3-numpy-abi9", "python3-numpy2-abi0"


@pytest.mark.parametrize(
    ("module", "version", "target", "expected"),
    [
        (NUMPY_1, "1.24.2", "debian-12", OLD),
        (NUMPY_2, "1.24.2", "debian-12", OLD),
        (NUMPY_2, "2.2.4", "debian-13", NEW),
        (NUMPY_1, "", "debian-13", OLD),
        (NUMPY_2, "", "debian-13", f"{NEW} | {OLD}"),
        (NUMPY_2, "", "ubuntu-24.04", OLD),
    ],
)
def test_an_extension_needs_the_interface_of_numpy_that_it_was_compiled_for(
    module: str,
    version: str,
    target: str,
    expected: str,
    built: Built,
    plan_of: Plan,
) -> None:
    numpy = FoundName("numpy", ("python3-numpy",), version=version, evidence="test")
    wheel = built(metadata=requires("numpy>=1.20"), **uses_numpy(module))
    plan = plan_of(wheel, {"numpy": numpy}, target)
    assert [each for each in plan.relations["requires"] if "-abi" in each] == [expected]


def test_an_extension_that_can_do_without_numpy_does_not_need_it(
    built: Built, plan_of: Plan
) -> None:
    plan = plan_of(built(**uses_numpy(NUMPY_1)))
    assert all("numpy" not in each for each in plan.relations["requires"])


def test_an_extension_for_numpy_1_is_refused_where_numpy_2_is(
    built: Built, plan_of: Plan
) -> None:
    numpy = FoundName("numpy", ("python3-numpy",), version="2.2.4", evidence="test")
    wheel = built(metadata=requires("numpy"), **uses_numpy(NUMPY_1))
    with pytest.raises(NumpyInterfaceError, match=r"demo/_c\.so .* NumPy 2"):
        plan_of(wheel, {"numpy": numpy})


@pytest.mark.parametrize(("version", "expected"), [("1.26.4", OLD), ("2.3.0", NEW)])
def test_numpy_itself_provides_its_interface(
    version: str, expected: str, built: Built, plan_of: Plan
) -> None:
    plan = plan_of(built(name="numpy", version=version))
    assert plan.relations["provides"] == (expected,)


def test_what_older_metadata_provides_and_makes_obsolete(
    built: Built, plan_of: Plan
) -> None:
    metadata = (
        "Provides-Dist: virtual\nProvides-Dist: numbered (1.0)\n"
        "Obsoletes-Dist: old\nObsoletes-Dist: older (<2.0)\n"
        "Obsoletes-Dist: odd (>=1,<2)\nObsoletes-Dist: wrong (x y)\n"
    )
    plan = plan_of(built(metadata=metadata), {"old": "python3-old1"})
    assert plan.relations["provides"] == (
        "python3-virtual",
        "python3-numbered (= 1.0.0)",
    )
    broken = plan.relations["breaks"]
    assert broken[0] == "python3-old1"
    assert broken[1].startswith("python3-older (<< 2")
    assert len(broken) == 2
    assert plan.relations["replaces"] == broken
    assert len(plan.notes) == 2


EXTRAS = "Provides-Extra: fast\nProvides-Extra: all\nProvides-Extra: none\n" + requires(
    "six", 'ujson>=1; extra == "fast"', 'demo[fast]; extra == "all"', 'x; extra=="y"'
)
KNOWN = {"six": "python3-six", "ujson": "python3-ujson"}


def test_extras_are_suggested(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(metadata=EXTRAS), KNOWN)
    (suggested,) = plan.relations["suggests"]
    assert suggested.startswith("python3-ujson (>= 1")
    assert plan.packages == ()


def test_extras_become_packages(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(metadata=EXTRAS), KNOWN, extras="packages")
    assert [each.name for each in plan.packages] == [
        "python3-demo-fast",
        "python3-demo-all",
        "python3-demo-none",
    ]
    fast, everything, none = (each.relations["requires"] for each in plan.packages)
    assert fast == everything
    assert none == (f"python3-demo (= {plan.version})",)
    assert "suggests" not in plan.relations


def test_extras_can_be_left_out(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(metadata=EXTRAS), KNOWN, extras="none")
    assert plan.packages == ()
    assert "suggests" not in plan.relations


def test_an_unknown_need_of_an_extra_is_told(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(metadata=EXTRAS), {"six": "python3-six"}, extras="packages")
    assert [each.extra for each in plan.packages] == ["none"]
    assert "of the extra fast no package is known for ujson>=1" in plan.notes


def test_what_a_script_needs_is_recommended(built: Built, plan_of: Plan) -> None:
    entry = "[console_scripts]\ndemo = demo:main [fast]\n"
    plan = plan_of(built(metadata=EXTRAS, entry_points=entry), KNOWN)
    (recommended,) = plan.relations["recommends"]
    assert recommended.startswith("python3-ujson")
    assert "suggests" not in plan.relations


def test_an_extra_of_another_project_is_followed_or_told(
    built: Built, plan_of: Plan
) -> None:
    given = built(metadata=requires("httpx[http2,cli]"))
    known = {"httpx": "python3-httpx", "httpx[http2]": "python3-h2"}
    plan = plan_of(given, known)
    assert plan.relations["requires"][1:] == ("python3-h2", "python3-httpx")
    (note,) = plan.notes
    assert "httpx[cli]" in note


def test_a_requirement_that_is_not_known_has_no_evidence(
    built: Built, plan_of: Plan
) -> None:
    plan = plan_of(built(metadata=requires("unknown>=1", "six")), KNOWN)
    missing = [each.requirement for each in plan.mapping if not each.evidence]
    assert missing == ["unknown>=1"]
    assert plan.relations["requires"] == ("python3:any", "python3-six")


DATA: dict[str, str | bytes] = {
    "demo/__init__.py": "",
    "demo/__pycache__/__init__.cpython-311.pyc": "x",
    "demo-1.0.data/data/etc/demo/demo.conf": "a = 1\n",
    "demo-1.0.data/data/share/man/man1/demo.1": ".TH DEMO 1\n",
    "demo-1.0.data/data/share/man/de/man1/demo.1.gz": gzipped(b".TH DEMO 1\n"),
    "demo-1.0.data/data/share/applications/demo.desktop": "[Desktop Entry]\n",
    "demo-1.0.data/data/lib/systemd/system/demo.service": "[Unit]\n",
    "demo-1.0.data/data/share/bash-completion/completions/demo": "complete demo\n",
    "demo-1.0.data/scripts/demo-run": "#!python\nprint(1)\n",
    "demo-1.0.data/headers/demo.h": "",
}


def test_every_file_has_its_place(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(files=DATA))
    paths = {file.path for file in plan.files}
    assert paths >= {
        "etc/demo/demo.conf",
        "usr/share/man/man1/demo.1.gz",
        "usr/share/man/de/man1/demo.1.gz",
        "usr/share/applications/demo.desktop",
        "usr/lib/systemd/system/demo.service",
        "usr/share/bash-completion/completions/demo",
        "usr/bin/demo-run",
        "usr/include/python3.11/demo/demo.h",
        "usr/share/doc/python3-demo/copyright",
        "usr/share/doc/python3-demo/changelog.Debian.gz",
        f"{SITE}/demo-1.0.dist-info/pysetup-package.json",
    }
    assert not any("__pycache__" in path or "RECORD" in path for path in paths)
    assert plan.details["conffiles"] == ["/etc/demo/demo.conf"]
    assert sorted(plan.scripts) == ["postinst", "postrm", "prerm"]


def test_what_it_was_made_with_is_in_the_package(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(metadata=requires("six")), KNOWN, section="utils")
    (note,) = (f for f in plan.files if f.path.endswith("/pysetup-package.json"))
    stated = json.loads(note.content)
    assert stated["options"]["section"] == "utils"
    assert stated["target"] == "debian-12"
    assert stated["mapping"][0]["evidence"] == "test"
    (installer,) = (f for f in plan.files if f.path.endswith("/INSTALLER"))
    assert installer.content == "debian\n"


def test_two_files_for_one_place_are_refused(built: Built, plan_of: Plan) -> None:
    files = {"demo/__init__.py": "", "demo-1.0.data/scripts/demo": "#!python\n"}
    entry = "[console_scripts]\ndemo = demo:main\n"
    with pytest.raises(StagingClashError):
        plan_of(built(files=files, entry_points=entry))


def test_a_plan_comes_back_from_its_json(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(metadata=EXTRAS, files=DATA), KNOWN, extras="packages")
    assert PackagePlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@pytest.mark.parametrize(
    ("metadata", "given", "expected"),
    [
        ("", "", "Developers of demo <nobody@example.org>"),
        ("Author: Jane\n", "", "Jane <nobody@example.org>"),
        ("Author: Jane\nAuthor-email: j@e.org\n", "", "Jane <j@e.org>"),
        ("Author-email: j@e.org, k@e.org\n", "", "Developers of demo <j@e.org>"),
        ('Author-email: "Doe, Jane" <j@e.org>\n', "", "Doe Jane <j@e.org>"),
        (
            "Author-email: A <a@e.org>\nMaintainer-email: B <b@e.org>\n",
            "",
            "B <b@e.org>",
        ),
        ("Author-email: A <a@e.org>\n", "Zoë <z@e.org>", "Zoë <z@e.org>"),
        ("Author-email: A <a@e.org>\n", "z@e.org", "Developers of demo <z@e.org>"),
    ],
)
def test_somebody_is_responsible(
    metadata: str, given: str, expected: str, built: Built, plan_of: Plan
) -> None:
    plan = plan_of(built(metadata=metadata), maintainer=given)
    assert plan.maintainer == expected


def test_another_interpreter_is_another_package(
    built: Built, plan_of: Plan, tmp_path: Any
) -> None:
    target = tmp_path / "own.json"
    value = {
        "extends": "debian-12",
        "name": "own",
        "python": "3.12.1",
        "interpreter": "/usr/bin/python3.12",
        "paths": {"purelib": "opt/own/lib"},
    }
    target.write_text(json.dumps(value))
    plan = plan_of(built(), target=str(target))
    assert plan.relations["requires"] == ("python3.12",)
    assert sorted(plan.scripts) == ["prerm"]
    assert any(file.path == "opt/own/lib/demo/__init__.py" for file in plan.files)


def test_an_extra_of_what_is_made_here_is_a_package_of_its_own(
    built: Built, plan_of: Plan
) -> None:
    given = built(metadata=requires("other[fast]>=2"))
    own = FoundName("other", ("python3-other",), evidence="own", own=True)
    plan = plan_of(given, {"other": own}, extras="packages")
    assert plan.relations["requires"][1:] == (
        "python3-other (>= 2.0.0)",
        "python3-other-fast (>= 2.0.0)",
    )
    (note,) = plan_of(given, {"other": own}).notes
    assert "extras=packages" in note


def test_what_a_build_needs_is_mapped_too(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(), {"setuptools": "python3-setuptools"})
    assert isinstance(plan.details["build"], list)
    (row,) = plan.details["build"]
    assert isinstance(row, dict)
    assert row["packages"] == ["python3-setuptools"]


def test_an_epoch_of_the_distribution_is_kept(built: Built, plan_of: Plan) -> None:
    shipped = FoundName("demo", ("python3-demo",), epoch="2", evidence="test")
    plan = plan_of(built(), {"demo": shipped}, extras="packages")
    assert plan.version == "2:1.0.0-1"
    assert "conflicts" not in plan.relations
    own = FoundName("demo", ("python3-demo",), epoch="2", evidence="own", own=True)
    needing = plan_of(built("other", metadata=requires("demo~=1.0")), {"demo": own})
    assert needing.relations["requires"][1:] == (
        "python3-demo (>= 2:1.0.0)",
        "python3-demo (<< 2:2~~)",
    )

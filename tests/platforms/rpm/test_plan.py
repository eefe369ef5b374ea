"""Plans: names, versions, relations, and where things go."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pysetup.platforms.names.found import FoundName
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.rpm.layout import HostileFileNameError
from pysetup.platforms.rpm.options import InvalidRpmOptionError
from pysetup.platforms.target import read_target

Built = Callable[..., Any]
Plan = Callable[..., PackagePlan]


def requires(plan: PackagePlan) -> tuple[str, ...]:
    return plan.relations.get("requires", ())


@pytest.mark.parametrize(
    ("requirement", "relation"),
    [
        pytest.param("Other_Name", "{other-name}", id="any version"),
        pytest.param("o>=1.0", "{o} >= 1", id="at least, without trailing zeros"),
        pytest.param("o~=1.2.3", "({o} >= 1.2.3 with {o} < 1.3~~)", id="compatible"),
        pytest.param("o==1.*", "({o} >= 1~~ with {o} < 2~~)", id="prefix"),
        pytest.param("o>=2.0rc1", "{o} >= 2~rc1", id="a pre-release"),
        pytest.param("o>=1!2", "{o} >= 1:2", id="an epoch"),
        pytest.param("o @ https://x.test/o.zip", "{o}", id="an address"),
        pytest.param("o[b]", "{o[b]}", id="an extra"),
        pytest.param("o; sys_platform == 'linux'", "{o}", id="a marker that holds"),
    ],
)
def test_requirements_become_relations(
    requirement: str, relation: str, built: Built, plan_of: Plan
) -> None:
    plan = plan_of(built(metadata=f"Requires-Dist: {requirement}\n"))

    wanted = relation.replace("{", "python3.14dist(").replace("}", ")")
    assert wanted in requires(plan)


@pytest.mark.parametrize(
    "marker",
    ["sys_platform == 'win32'", "python_version < '3.9'", "extra == 'x'"],
)
def test_markers_are_those_of_the_target(
    marker: str, built: Built, plan_of: Plan
) -> None:
    plan = plan_of(built(metadata=f"Requires-Dist: other; {marker}\n"))

    assert requires(plan) == ("python(abi) = 3.14",)


def test_another_python_has_other_names(built: Built, plan_of: Plan) -> None:
    given = built(
        metadata="Requires-Dist: other; python_version < '3.13'\n",
        entry_points="[console_scripts]\ndemo = demo:value\n",
    )

    centos = plan_of(given, "centos-stream-10")
    suse = plan_of(given, "opensuse-tumbleweed")

    assert "python3.12dist(other)" in requires(centos)
    assert "/usr/bin/python3" in requires(centos)
    assert "/usr/bin/python3.13" in requires(suse)
    assert suse.name == "python313-demo"
    assert "python3-demo = 1.0-1" in suse.relations["provides"]
    assert not any("other" in one for one in requires(suse))


def test_a_package_provides_its_names(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built("Demo.Lib", "1.0rc1", metadata="Provides-Dist: old (0.9)\n"))

    assert plan.relations["provides"] == (
        "python3-demo-lib = 1.0~rc1-1",
        "python3.14dist(demo-lib) = 1~rc1",
        "python3.14dist(old) = 0.9",
        "python3dist(demo-lib) = 1~rc1",
        "python3dist(old) = 0.9",
    )


@pytest.mark.parametrize(
    ("stated", "relation"),
    [
        ("Old", "python3-old"),
        ("old (<2)", "python3-old < 2~~"),
        ("o==1", "python3-o = 1"),
        ("o==1.0", "python3-o = 1.0"),
        ("o<=1.0", "python3-o < 1.0.0.0.0~~"),
    ],
)
def test_what_is_replaced_is_told_by_name(
    stated: str, relation: str, built: Built, plan_of: Plan
) -> None:
    plan = plan_of(built(metadata=f"Obsoletes-Dist: {stated}\n"))

    assert plan.relations["obsoletes"] == (relation,)


@pytest.mark.parametrize(
    ("version", "package", "name"),
    [
        ("7.0.0", "7.0.0", "7"),
        ("2024.10.0rc1", "2024.10.0~rc1", "2024.10~rc1"),
        ("1!2.0.0.post1", "1:2.0.0^post1", "1:2^post1"),
        ("1.00", "1.0", "1"),
    ],
)
def test_the_package_keeps_its_zeros_and_the_name_of_the_project_none(
    version: str, package: str, name: str, built: Built, plan_of: Plan
) -> None:
    plan = plan_of(built(version=version))

    assert plan.version == package
    assert f"python3dist(demo) = {name}" in plan.relations["provides"]


def test_what_rpm_cannot_replace_is_told(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(metadata="Obsoletes-Dist: old (>1,<2)\n"))

    assert "obsoletes" not in plan.relations
    assert any("old (>1,<2)" in note for note in plan.notes)


class Given:
    """Names that somebody has stated."""

    def __init__(self, stated: Mapping[str, tuple[str, ...] | None]) -> None:
        self.stated = stated

    def find(
        self, project: str, *, extra: str = "", role: str = "run"
    ) -> FoundName | None:
        del role
        key = f"{project}[{extra}]" if extra else project
        found = self.stated.get(key)
        return None if found is None else FoundName(project, found, evidence="given")

    def own_name(self, project: str) -> str:
        return f"our-{project}"


@pytest.mark.parametrize(
    ("stated", "relations", "evidence"),
    [
        pytest.param(("a-lib",), ("a-lib >= 1~~",), "given", id="a name"),
        pytest.param(("a", "b"), ("a >= 1~~", "b >= 1~~"), "given", id="two packages"),
        pytest.param(
            ("python3dist(a)",), ("python3.14dist(a) >= 1",), "given", id="virtual"
        ),
        pytest.param((), (), "given", id="nothing is needed"),
        pytest.param(None, (), "", id="nobody knows it"),
    ],
)
def test_names_that_are_stated_come_first(
    stated: tuple[str, ...] | None,
    relations: tuple[str, ...],
    evidence: str,
    built: Built,
    plan_of: Plan,
) -> None:
    given = built(metadata="Requires-Dist: other>=1\n")
    plan = plan_of(given, names=Given({"other": stated}))

    assert plan.name == "our-demo"
    assert "python3-demo = 1.0-1" in plan.relations["provides"]
    (mapped,) = plan.mapping
    assert (mapped.relations, mapped.evidence) == (relations, evidence)
    assert set(relations) <= set(requires(plan))


def test_requirements_of_one_machine_make_a_package_for_it(
    built: Built, plan_of: Plan
) -> None:
    marker = "platform_machine == 'x86_64'"
    plan = plan_of(built(metadata=f"Requires-Dist: fast; {marker}\n"))

    assert plan.architecture == "x86_64"
    assert "python3-demo(x86-64) = 1.0-1" in plan.relations["provides"]
    assert any("fast" in note for note in plan.notes)


def test_options_are_seen_in_the_plan(built: Built, plan_of: Plan) -> None:
    plan = plan_of(
        built(metadata='Provides-Extra: x\nRequires-Dist: o; extra == "x"\n'),
        epoch="3",
        release="2.suse",
        licence="MIT",
        packager="A <a@b.test>",
        extras=False,
        bytecode="none",
    )

    assert (plan.version, plan.release) == ("3:1.0", "2.suse")
    assert "python3-demo = 3:1.0-2.suse" in plan.relations["provides"]
    assert (plan.licence, plan.maintainer) == ("MIT", "A <a@b.test>")
    assert plan.packages == ()
    assert plan.details["bytecode"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("release", value) for value in ("", "1-1", "1 1", "-1", "1\n%pre")),
        *(("epoch", value) for value in ("one", "-1", "99999999999")),
        *((name, "a\nb") for name in ("licence", "packager", "vendor", "group")),
    ],
)
def test_options_that_no_package_can_have_are_refused(
    name: str, value: str, built: Built, plan_of: Plan
) -> None:
    with pytest.raises(InvalidRpmOptionError) as raised:
        plan_of(built(), **{name: value})

    assert raised.value.facts["option"] == name


@pytest.mark.parametrize(
    "name",
    ["a\nb", "a\x1bb", "a\u2028b", "x" * 300, "a\udcffb"],
    ids=["newline", "escape", "line separator", "too long", "no UTF-8"],
)
def test_hostile_file_names_are_refused(name: str, built: Built, plan_of: Plan) -> None:
    given = built()
    place = given.root / f"demo-1.0.data/data/share/{name}"
    try:
        place.parent.mkdir(parents=True)
        place.write_text("x")
    except (OSError, UnicodeEncodeError):
        pytest.skip("no such name on this file system")

    with pytest.raises(HostileFileNameError) as raised:
        plan_of(given)

    assert str(raised.value).isprintable()


def test_a_plan_is_pure_json(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(metadata="Requires-Dist: other~=1.0\n"))

    text = json.dumps(plan.to_json())
    assert PackagePlan.from_json(json.loads(text)) == plan


def test_units_of_systemd_are_enabled_by_presets(built: Built, plan_of: Plan) -> None:
    data = "demo-1.0.data/data/lib/systemd"
    plan = plan_of(
        built(
            files={
                "demo.py": "",
                f"{data}/system/demo.service": "[Unit]\n",
                f"{data}/system/demo@.service": "[Unit]\n",
                f"{data}/user/mine.timer": "[Unit]\n",
                "demo-1.0.data/data/share/systemd/user/too.socket": "[Unit]\n",
            }
        )
    )

    assert set(plan.scripts) == {"post", "preun", "postun"}
    assert "install-system-units 'demo.service' " in plan.scripts["post"]
    assert "remove-user-units 'mine.timer' 'too.socket' " in plan.scripts["preun"]
    assert "demo@" not in "".join(plan.scripts.values())


@pytest.mark.parametrize(
    "tag", ["cp312-cp312-manylinux_2_17_x86_64", "cp314-cp314-linux_aarch64"]
)
def test_what_runs_on_another_target_is_refused(
    tag: str, make_wheel: Any, pysetup: Any, tmp_path: Path
) -> None:
    wheel = make_wheel(tag=tag, pure=False)
    out = tmp_path / "out"

    ran = pysetup("bdist_rpm", "--target", "fedora-43", "--outdir", out, wheel)

    assert ran.code == 2
    assert "does not run on fedora-43" in ran.err
    assert not list(out.glob("*"))


def test_another_machine_is_spelled_as_rpm_does(built: Built, plan_of: Plan) -> None:
    target = read_target("fedora-43:armv7l")
    given = built(tag="cp314-cp314-linux_armv7l", pure=False)

    assert plan_of(given, target).architecture == "armv7hl"

"""The recipe with Fedora's macros: what each kind of project makes of it."""

from collections.abc import Callable
from typing import Any

import pytest

from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.rpm.fedora_spec import fedora_spec

Built = Callable[..., Any]
Plan = Callable[..., PackagePlan]
Spec = Callable[..., str]
MACHINE_CODE = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00\x01" + bytes(43)
LINUX = "cp314-cp314-linux_x86_64"
CHECK = "%pyproject_check_import -t"


@pytest.fixture
def spec_of(built: Built, plan_of: Plan) -> Spec:
    """Return the function that writes the recipe of a small wheel."""

    def write(options: dict[str, Any] | None = None, **wheel: Any) -> str:
        made = built(**wheel)
        return fedora_spec(
            plan_of(made, **(options or {})),
            made.metadata,
            sdist="demo-1.0.tar.gz",
            top="demo-1.0",
            build_requires=("python3-devel",),
            changes=(),
        )

    return write


def section(spec: str, head: str) -> list[str]:
    """Return the lines of a section without its comments."""
    _, _, rest = spec.partition(f"\n{head}")
    body = rest.partition("\n\n")[0].split("\n")[1:]
    return [line for line in body if line and not line.startswith("#")]


@pytest.mark.parametrize(
    ("path", "glob", "check"),
    [
        pytest.param("demo/__init__.py", "demo", CHECK, id="a package"),
        pytest.param("demo.py", "demo", CHECK, id="a module"),
        pytest.param("spaces/demo/x.py", "spaces", CHECK, id="a namespace"),
        pytest.param("demo.pyi", "demo", "", id="types of a module"),
        pytest.param("demo-stubs/x.pyi", "demo-stubs", "", id="types"),
        pytest.param("_demo.py", "_demo", "", id="a private module"),
        pytest.param("demo.d/x.txt", "demo?d", "", id="a folder with a dot"),
        pytest.param("-l/x.txt", "?l", "", id="a folder like an option"),
    ],
)
def test_modules_are_saved_and_imported(
    path: str, glob: str, check: str, spec_of: Spec
) -> None:
    spec = spec_of(files={path: ""})

    assert section(spec, "%install")[-1] == f"%pyproject_save_files '{glob}'"
    assert section(spec, "%files") == []
    assert "".join(section(spec, "%check")) == check


def test_machine_code_at_the_top_is_a_module(spec_of: Spec) -> None:
    name = "fast.cpython-314-x86_64-linux-gnu.so"
    spec = spec_of(files={name: MACHINE_CODE}, tag=LINUX)

    assert section(spec, "%install")[-1] == "%pyproject_save_files 'fast'"
    assert section(spec, "%check") == [CHECK]
    assert "BuildArch" not in spec
    assert "debug_package" not in spec


def test_a_package_for_a_machine_without_its_code_has_no_debug_package(
    spec_of: Spec,
) -> None:
    spec = spec_of(files={"demo.py": ""}, tag=LINUX)

    assert "%global debug_package %{nil}\n" in spec
    assert "BuildArch" not in spec


def test_what_no_macro_lists_is_listed(spec_of: Spec) -> None:
    data = "demo-1.0.data"
    spec = spec_of(
        files={
            "demo.pth": "import demo",
            f"{data}/scripts/run-demo": "#!python\n",
            f"{data}/scripts/run-demo-3.11": "#!python\n",
            f"{data}/headers/demo.h": "",
            f"{data}/data/etc/demo.conf": "",
            f"{data}/data/share/demo/a.txt": "",
            f"{data}/data/share/man/man1/demo.1": "",
        }
    )

    assert section(spec, "%install") == [
        "%pyproject_install",
        "mv %{buildroot}%{_prefix}/etc %{buildroot}%{_sysconfdir}",
        "%pyproject_save_files -M",
    ]
    assert section(spec, "%files") == [
        '%config(noreplace) "/etc/demo.conf"',
        '"%{_bindir}/run-demo"',
        '"%{_bindir}/run-demo-%{python3_version}"',
        '"%{_includedir}/python%{python3_version}/demo/demo.h"',
        '"%{python3_sitelib}/demo.pth"',
        '"/usr/share/demo/a.txt"',
        '"/usr/share/man/man1/demo.1*"',
        '%dir "%{_includedir}/python%{python3_version}/demo"',
        '%dir "/usr/share/demo"',
    ]


def test_projects_that_are_brought_along_are_data(spec_of: Spec) -> None:
    info = "a/_vendor/other-2.0.dist-info/INSTALLER"
    spec = spec_of(files={"a/__init__.py": "", info: "pip\n"})

    assert section(spec, "%files") == []
    assert section(spec, "%install")[-1] == "%pyproject_save_files 'a'"


@pytest.mark.parametrize(
    ("header", "option"),
    [
        pytest.param("License-File: LICENSE\n", " -l", id="told"),
        pytest.param("", "", id="only there"),
    ],
)
def test_licences_are_asked_for_where_the_metadata_tells_them(
    header: str, option: str, spec_of: Spec
) -> None:
    spec = spec_of(
        files={"demo.py": ""},
        metadata=f"License-Expression: MIT\n{header}",
        info={"licenses/LICENSE": "Do what you like.\n"},
    )

    assert section(spec, "%install")[-1] == f"%pyproject_save_files{option} 'demo'"


@pytest.mark.parametrize(
    ("tag", "option"),
    [
        pytest.param("py3-none-any", "", id="for all machines"),
        pytest.param(LINUX, "-a ", id="of a package for one"),
    ],
)
def test_what_extras_need_is_there_when_their_packages_are_built(
    tag: str, option: str, spec_of: Spec
) -> None:
    metadata = (
        "Provides-Extra: fast\nProvides-Extra: docs\n"
        "Requires-Dist: more; extra == 'fast'\n"
    )
    spec = spec_of(files={"demo.py": ""}, metadata=metadata, tag=tag)

    subpackages = f"%pyproject_extras_subpkg {option}-n python3-demo fast,docs\n"
    assert subpackages in spec
    asked = section(spec, "%generate_buildrequires")
    assert asked == ["%pyproject_buildrequires -x fast,docs"]


def test_extras_that_are_not_packaged_are_not_asked_for(spec_of: Spec) -> None:
    spec = spec_of({"extras": False}, metadata="Provides-Extra: fast\n")

    assert section(spec, "%generate_buildrequires") == ["%pyproject_buildrequires"]
    assert "subpkg" not in spec


def test_units_are_handled_by_the_macros_of_systemd(spec_of: Spec) -> None:
    folder = "demo-1.0.data/data/lib/systemd"
    spec = spec_of(
        files={
            f"{folder}/system/demo.service": "",
            f"{folder}/system/other@.service": "",
            f"{folder}/user/mine.socket": "",
        }
    )

    assert "BuildRequires:  systemd-rpm-macros\n" in spec
    for script, end in (
        ("post", "post"),
        ("preun", "preun"),
        ("postun", "postun_with_restart"),
    ):
        assert section(spec, f"%{script} -n python3-demo") == [
            f"%systemd_{end} demo.service",
            f"%systemd_user_{end} mine.socket",
        ]


def test_what_projects_put_beside_their_modules_by_mistake_is_taken_out(
    spec_of: Spec,
) -> None:
    files = {"demo.py": "", "tests/test_demo.py": "", "README.md": "", "LICENSE": "x"}
    spec = spec_of(files=files)

    assert section(spec, "%install") == [
        "%pyproject_install",
        "rm -rf %{buildroot}%{python3_sitelib}/README.md",
        "rm -rf %{buildroot}%{python3_sitelib}/tests",
        "%pyproject_save_files 'demo'",
    ]
    assert section(spec, "%files") == ['%license "%{python3_sitelib}/LICENSE"']

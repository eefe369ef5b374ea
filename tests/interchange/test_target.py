"""Another Python or platform: the tags and the marker values that it stands for."""

import pytest

from pysetup.interchange.environment import Environment, Scheme
from pysetup.interchange.target import InvalidTargetError, Target
from pysetup.standards.requirements import marker_holds, parse_marker
from pysetup.standards.target_platforms import UnknownPlatformError

HERE = Environment(
    prefix="/env",
    executable="/env/bin/python",
    version="3.11.7",
    scheme=Scheme(*["/env"] * 5),
    markers={
        "implementation_name": "cpython",
        "implementation_version": "3.11.7",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "6.1",
        "platform_system": "Linux",
        "platform_version": "1",
        "python_full_version": "3.11.7",
        "python_version": "3.11",
        "sys_platform": "linux",
    },
    tags=(
        "cp311-cp311-manylinux_2_36_x86_64",
        "cp311-abi3-manylinux_2_36_x86_64",
        "py3-none-manylinux_2_36_x86_64",
        "py3-none-any",
    ),
    paths=(),
    externally_managed=None,
    virtual=True,
)


def there(**options: object) -> Environment:
    return Target(**options).environment(HERE)  # type: ignore[arg-type] # a table


def test_who_names_nothing_stays_here() -> None:
    assert not Target().is_foreign
    assert Target().environment(HERE) is HERE


@pytest.mark.parametrize(
    ("options", "runs", "does_not_run"),
    [
        pytest.param(
            {"platform": "linux"},
            "cp311-cp311-manylinux_2_28_x86_64",
            "cp311-cp311-manylinux_2_29_x86_64",
            id="linux, as most of it is",
        ),
        pytest.param(
            {"platform": "x86_64-manylinux_2_17"},
            "cp311-cp311-manylinux2014_x86_64",
            "cp311-cp311-manylinux_2_28_x86_64",
            id="an older C library has its old name too",
        ),
        pytest.param(
            {"platform": "x86_64-manylinux2014"},
            "cp311-cp311-manylinux1_x86_64",
            "cp311-cp311-manylinux_2_18_x86_64",
            id="a name of old",
        ),
        pytest.param(
            {"platform": "aarch64-unknown-linux-gnu"},
            "cp311-abi3-manylinux_2_17_aarch64",
            "cp311-abi3-manylinux_2_5_aarch64",
            id="64-bit ARM",
        ),
        pytest.param(
            {"platform": "x86_64-unknown-linux-musl"},
            "cp311-cp311-musllinux_1_1_x86_64",
            "cp311-cp311-manylinux_2_17_x86_64",
            id="musl",
        ),
        pytest.param(
            {"platform": "macos"},
            "cp311-cp311-macosx_11_0_arm64",
            "cp311-cp311-macosx_11_0_x86_64",
            id="macOS on ARM",
        ),
        pytest.param(
            {"platform": "x86_64-apple-darwin"},
            "cp311-cp311-macosx_10_9_x86_64",
            "cp311-cp311-macosx_99_0_x86_64",
            id="macOS on Intel",
        ),
        pytest.param(
            {"platform": "Windows", "python_version": "3.13t"},
            "cp313-cp313t-win_amd64",
            "cp313-cp313-win_amd64",
            id="Windows, without the lock",
        ),
        pytest.param(
            {"platform": "i686-pc-windows-msvc"},
            "cp311-cp311-win32",
            "cp311-cp311-win_amd64",
            id="32 bits",
        ),
        pytest.param(
            {"python_version": "3.7"},
            "cp37-cp37m-manylinux_2_36_x86_64",
            "cp37-cp37-manylinux_2_36_x86_64",
            id="an old ABI",
        ),
        pytest.param(
            {
                "platforms": ("manylinux2014_x86_64",),
                "python_version": "310",
                "implementation": "cp",
                "abis": ("cp310",),
            },
            "cp310-cp310-manylinux2010_x86_64",
            "cp311-cp311-manylinux2014_x86_64",
            id="as pip spells it",
        ),
        pytest.param(
            {"platforms": ("any",), "implementation": "py"},
            "py3-none-any",
            "cp311-cp311-manylinux_2_36_x86_64",
            id="nothing compiled",
        ),
        pytest.param(
            {"platforms": ("win_amd64", "win32")},
            "cp311-cp311-win32",
            "cp311-cp311-win_arm64",
            id="two platforms",
        ),
        pytest.param(
            {
                "implementation": "pp",
                "python_version": "3.10",
                "abis": ("pypy310_pp73",),
            },
            "pp310-pypy310_pp73-manylinux_2_36_x86_64",
            "cp310-cp310-manylinux_2_36_x86_64",
            id="PyPy",
        ),
        pytest.param(
            {"platform": "aarch64-linux-android"},
            "cp311-cp311-android_24_arm64_v8a",
            "cp311-cp311-android_25_arm64_v8a",
            id="Android",
        ),
        pytest.param(
            {"platform": "wasm32-pyodide2024"},
            "cp311-cp311-pyodide_2024_0_wasm32",
            "cp311-cp311-linux_wasm32",
            id="a browser",
        ),
    ],
)
def test_a_target_runs_its_own_wheels(
    options: dict[str, object], runs: str, does_not_run: str
) -> None:
    tags = there(**options).tags
    assert runs in tags
    assert does_not_run not in tags
    assert "py3-none-any" in tags


@pytest.mark.parametrize(
    ("options", "marker"),
    [
        ({"platform": "windows"}, "os_name == 'nt' and platform_machine == 'AMD64'"),
        ({"platform": "windows"}, "sys_platform == 'win32'"),
        ({"platform": "macos"}, "platform_system == 'Darwin'"),
        ({"platform": "macos"}, "platform_machine == 'arm64'"),
        ({"platforms": ("win_arm64",)}, "platform_machine == 'ARM64'"),
        ({"platforms": ("linux_armv7l",)}, "platform_machine == 'armv7l'"),
        ({"platforms": ("any",)}, "sys_platform == 'linux'"),
        ({"python_version": "3.9"}, "python_full_version == '3.9.0'"),
        ({"python_version": "3.9.4"}, "python_full_version >= '3.9.4'"),
        ({"python_version": "3"}, "python_version == '3.0'"),
        ({"python_version": "3.15.0rc1"}, "python_full_version == '3.15.0rc1'"),
        ({"implementation": "pp"}, "implementation_name == 'pypy'"),
        ({"platform": "linux"}, "python_version == '3.11'"),
    ],
)
def test_markers_are_those_of_the_target(
    options: dict[str, object], marker: str
) -> None:
    assert marker_holds(parse_marker(marker), there(**options).markers)


@pytest.mark.parametrize(
    "options",
    [
        {"platform": "x86_64-plan9"},
        {"platform": "mips-apple-darwin"},
        {"platforms": ("win amd64",)},
        {"platform": "../linux"},
    ],
)
def test_a_platform_that_nobody_knows_is_told(options: dict[str, object]) -> None:
    with pytest.raises(UnknownPlatformError, match="is no platform"):
        there(**options)


@pytest.mark.parametrize("text", ["three", "3.x", "1!3.9", "3.9.1.2", "-1", "3.9+x"])
def test_a_version_that_is_none_is_told(text: str) -> None:
    with pytest.raises(InvalidTargetError, match="--python-version"):
        there(python_version=text)

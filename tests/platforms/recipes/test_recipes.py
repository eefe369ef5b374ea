"""Recipes: the languages they are written in read them as they are meant.

They are not built on these systems here; their parsers and evaluators, where Debian
has them, say what they have understood, and that must be what the document says.
"""

import base64
import hashlib
import json
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.doubles import making, plan_of

from pysetup.platforms.import_names import top_modules
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.recipes import freebsd, gentoo, homebrew, nix
from pysetup.platforms.recipes.facts import UnsafePackageNameError
from pysetup.platforms.recipes.licence_tree import Joined, Licence, licence_tree
from pysetup.platforms.recipes.words import shortened
from pysetup.platforms.tree import Tree, TreeFile
from pysetup.standards.hashes import Hash
from pysetup.standards.versions import parse_version

Built = Callable[..., Any]
SUMMARY = (
    "It's \"${evil} $(touch /tmp/hurt) `touch /tmp/hurt` #{1} ''${x} \\ # % ; gr\u00fcn"
)
HOMEPAGE = "https://example.org/\";touch /tmp/hurt;'#{1}${x}$(x)"
METADATA = (
    f"Summary: {SUMMARY}\n"
    f"Home-page: {HOMEPAGE}\n"
    "License-Expression: MIT OR (GPL-2.0-only WITH Classpath-exception-2.0 AND ISC)\n"
    "License-File: LIC $(touch x)\nRequires-Python: >=3.12\n"
    "Requires-Dist: inner-thing>=1.0,!=1.5\n"
    "Requires-Dist: other~=2.1; python_version>'3'\n"
    "Requires-Dist: win; sys_platform == 'win32'\n"
    "Provides-Extra: more\nRequires-Dist: thing==1.*; extra == 'more'\n"
)
ENTRY = "[console_scripts]\ndemo-tool = demo:main\n"
EVALUATE = ("--eval", "--json", "--strict", "--store", "dummy://", "-E")
CONTENT = b"a source archive"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LOCK = """
lock-version = "1.0"
created-by = "test"
[[packages]]
name = "inner-thing"
version = "1.2"
[packages.sdist]
url = "https://example.org/inner_thing-1.2.tar.gz"
hashes = {sha256 = "1111111111111111111111111111111111111111111111111111111111111111"}
[[packages]]
name = "other"
version = "2.3"
[packages.sdist]
url = "https://example.org/other-2.3.tar.gz"
hashes = {sha256 = "2222222222222222222222222222222222222222222222222222222222222222"}
[[packages]]
name = "win"
version = "1"
marker = "sys_platform == 'win32'"
[[packages.wheels]]
url = "https://example.org/win-1-py3-none-any.whl"
hashes = {sha256 = "3333333333333333333333333333333333333333333333333333333333333333"}
[[packages]]
name = "mac"
version = "3"
marker = "sys_platform == 'darwin'"
[packages.sdist]
url = "https://example.org/mac-3.tar.gz"
hashes = {sha256 = "4444444444444444444444444444444444444444444444444444444444444444"}
[[packages]]
name = "checker"
version = "3"
marker = "'more' in extras or 'dev' in dependency_groups"
[packages.sdist]
url = "https://example.org/checker-3.tar.gz"
hashes = {sha256 = "5555555555555555555555555555555555555555555555555555555555555555"}
[[packages]]
name = "demo"
version = "1.0"
[packages.directory]
path = "."
"""


class NoNames:
    """Nothing is mapped, but for what a test says."""

    def __init__(self, **packages: str) -> None:
        self.packages = packages

    def find(self, project: str, *, extra: str = "", role: str = "run") -> Any:
        del role
        package = "" if extra else self.packages.get(project, "")
        return FoundName(project, (package,), evidence="map") if package else None

    def own_name(self, project: str) -> str:
        return project


def write(
    format_: Any,
    built: Built,
    tmp_path: Path,
    *,
    metadata: str = METADATA,
    names: Any = None,
    version: str = "1.0",
    **options: Any,
) -> list[Path]:
    given = built("demo", version, metadata=metadata, entry_points=ENTRY)
    document = given.metadata.replaced(
        build={
            "backend": "flit_core.buildapi",
            "requires": ["flit-core>=3.2,<4", "tool>=1,<2"],
        }
    )
    given = type(given)(given.root, document)
    sdist = tmp_path / f"demo-{version}.tar.gz"
    sdist.write_bytes(CONTENT)
    plan = plan_of(
        format_, given, "portable", names=names or NoNames(), options=options
    )
    assert type(plan).from_json(plan.to_json()) == plan
    out = tmp_path / "out"
    made: list[Path] = format_.source_dist(
        sdist, document, out=out, plan=plan, making=making(tmp_path)
    )
    return made


def said(*words: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert not Path("/tmp/hurt").exists()
    return done.stdout


class TestNix:
    def test_it_evaluates_to_what_the_document_says(
        self, need_tool: Callable[[str], str], built: Built, tmp_path: Path
    ) -> None:
        program = need_tool("nix-instantiate")
        (path,) = write(
            nix.FORMAT, built, tmp_path, url="https://example.org/x'${a}\".tar.gz"
        )
        said(program, "--parse", path)
        arguments = (
            '{ lib = { getLicenseFromSpdxId = id: "licence " + id; licenses ='
            ' { mit = "mit"; gpl2Only = "gpl2"; isc = "isc"; unfree = { }; }; };'
            " buildPythonPackage = all: all; fetchurl = all: all;"
            ' inner-thing = "inner"; other = "other"; thing = "thing";'
            ' flit-core = "flit"; tool = "tool"; }'
        )
        expression = f"import {path} {arguments}"
        # Evaluated in memory: there is no store here, and none is needed.
        told = json.loads(
            said(
                program,
                "--eval",
                "--json",
                "--strict",
                "--store",
                "dummy://",
                "-E",
                expression,
            )
        )
        assert told["pname"] == "demo"
        assert told["version"] == "1.0"
        assert told["build-system"] == ["flit", "tool"]
        assert told["dependencies"] == ["inner", "other"]
        assert told["optional-dependencies"] == {"more": ["thing"]}
        assert told["pythonImportsCheck"] == ["demo"]
        assert told["meta"]["description"] == SUMMARY
        assert told["meta"]["homepage"] == HOMEPAGE
        assert told["meta"]["license"] == [
            "mit",
            "gpl2",
            "isc",
        ]
        assert told["meta"]["mainProgram"] == "demo-tool"
        assert told["src"]["url"] == "https://example.org/x'${a}\".tar.gz"
        digest = base64.b64encode(bytes.fromhex(SHA256)).decode()
        assert told["src"]["hash"] == f"sha256-{digest}"

    def test_an_archive_beside_it_is_its_source(
        self, need_tool: Callable[[str], str], built: Built, tmp_path: Path
    ) -> None:
        path, archive = write(nix.FORMAT, built, tmp_path)
        assert archive.read_bytes() == CONTENT
        said(need_tool("nix-instantiate"), "--parse", path)
        assert 'src = ./. + "/demo-1.0.tar.gz";' in path.read_text()

    def told(
        self, program: str, path: Path, arguments: str, *, packages: str = ""
    ) -> Any:
        given = (
            "{ lib = { getLicenseFromSpdxId = id: id; licenses = { unfree = { }; }; };"
            f" buildPythonPackage = all: all; {arguments} {packages} }}"
        )
        return json.loads(said(program, *EVALUATE, f"import {path} {given}"))

    def test_from_the_index_its_own_fetcher_knows_the_place(
        self, need_tool: Callable[[str], str], built: Built, tmp_path: Path
    ) -> None:
        program = need_tool("nix-instantiate")
        metadata = (
            "Summary: The best of demos.\nProject-URL: Change Log, https://a.org/c\n"
        )
        (path,) = write(nix.FORMAT, built, tmp_path, metadata=metadata, url="pypi")
        text = path.read_text()
        assert "    inherit pname version;" in text
        told = self.told(
            program,
            path,
            "fetchPypi = all: all;",
            packages="flit-core = 1; tool = 2;",
        )
        digest = base64.b64encode(bytes.fromhex(SHA256)).decode()
        assert told["src"] == {
            "pname": "demo",
            "version": "1.0",
            "hash": f"sha256-{digest}",
        }
        assert told["meta"] == {
            "description": "Best of demos",
            "homepage": "https://a.org/c",
            "changelog": "https://a.org/c",
            "mainProgram": "demo-tool",
            "maintainers": [],
        }

    def test_a_licence_that_is_not_listed_is_found_by_its_identifier(
        self, need_tool: Callable[[str], str], built: Built, tmp_path: Path
    ) -> None:
        program = need_tool("nix-instantiate")
        metadata = "License-Expression: LicenseRef-Own AND Beerware\n"
        path, _ = write(nix.FORMAT, built, tmp_path, metadata=metadata)
        told = self.told(program, path, "", packages="flit-core = 1; tool = 2;")
        assert told["meta"]["license"] == [{"fullName": "LicenseRef-Own"}, "Beerware"]

    def test_a_package_called_like_an_attribute_stays_a_package(
        self, need_tool: Callable[[str], str], built: Built, tmp_path: Path
    ) -> None:
        program = need_tool("nix-instantiate")
        metadata = "Requires-Dist: version\n"
        (path,) = write(nix.FORMAT, built, tmp_path, metadata=metadata, url="pypi")
        packages = 'flit-core = 1; tool = 2; version = "the package";'
        told = self.told(program, path, "fetchPypi = all: all;", packages=packages)
        assert told["dependencies"] == ["the package"]
        assert told["src"]["version"] == "1.0"

    def test_extras_of_other_projects_are_asked_for(
        self, need_tool: Callable[[str], str], built: Built, tmp_path: Path
    ) -> None:
        program = need_tool("nix-instantiate")
        metadata = "Requires-Dist: other[a,b-c]\nRequires-Dist: third\n"
        path, _ = write(nix.FORMAT, built, tmp_path, metadata=metadata)
        packages = (
            "flit-core = 1; tool = 2; third = 3;"
            " other = { optional-dependencies = { a = [ 4 ]; b-c = [ 5 ]; }; };"
        )
        told = self.told(program, path, "", packages=packages)
        assert told["dependencies"][1:] == [3, 4, 5]

    @pytest.mark.parametrize(
        ("project", "name"),
        [("a-b", "a-b"), ("2captcha", "_2captcha"), ("with", "_with"), ("lib", "_lib")],
    )
    def test_names_are_such_that_the_language_can_bind(
        self, project: str, name: str
    ) -> None:
        assert nix.attribute(project) == name


STUB = """
require "json"
class Language; module Python; module Virtualenv; end; end; end
class Formula
  def self.told; @told ||= {"resources" => {}, "depends" => []}; end
  def self.method_missing(name, *words)
    if name == :resource
      inner = Class.new(Formula)
      inner.class_eval(&words.pop) if words.last.is_a?(Proc)
    else
      told[name.to_s] = words.length == 1 ? words[0] : words
    end
  end
  def self.resource(name, &block)
    inner = Class.new(Formula); inner.class_eval(&block)
    told["resources"][name] = inner.told
  end
  def self.on_macos(&block)
    inner = Class.new(Formula); inner.class_eval(&block)
    told["on_macos"] = inner.told["resources"].keys
  end
  def self.depends_on(word); told["depends"] << word; end
  def self.test(&block); end
end
load ARGV[0]
puts JSON.generate(Object.const_get(ARGV[1]).told)
"""


class TestHomebrew:
    def lock(self, tmp_path: Path) -> str:
        path = tmp_path / "pylock.toml"
        path.write_text(LOCK)
        return str(path)

    def test_ruby_reads_what_the_document_and_the_lock_say(
        self, need_tool: Callable[[str], str], built: Built, tmp_path: Path
    ) -> None:
        program = need_tool("ruby")
        options = {
            "url": 'https://example.org/#{1}"x.tar.gz',
            "lock": self.lock(tmp_path),
        }
        (path,) = write(homebrew.FORMAT, built, tmp_path, **options)
        said(program, "-wc", path)
        (tmp_path / "stub.rb").write_text(STUB)
        told = json.loads(said(program, tmp_path / "stub.rb", path, "Demo"))
        assert told["desc"] == shortened(SUMMARY, 80, of="demo")
        assert told["homepage"] == HOMEPAGE
        assert told["url"] == 'https://example.org/#{1}"x.tar.gz'
        assert told["sha256"] == SHA256
        assert told["license"] == {
            "any_of": [
                "MIT",
                {
                    "all_of": [
                        {"GPL-2.0-only": {"with": "Classpath-exception-2.0"}},
                        "ISC",
                    ]
                },
            ]
        }
        assert told["depends"] == ["python@3.13"]
        assert {name: each["sha256"] for name, each in told["resources"].items()} == {
            "inner-thing": "11" * 32,
            "other": "22" * 32,
        }
        assert told["on_macos"] == ["mac"]

    def test_what_no_lock_names_is_refused(self, built: Built, tmp_path: Path) -> None:
        with pytest.raises(homebrew.FormulaNeedsLockError, match="inner-thing, other"):
            write(homebrew.FORMAT, built, tmp_path, url="pypi")
        assert not (tmp_path / "out").exists()

    def test_a_file_without_an_address_is_refused(
        self, built: Built, tmp_path: Path
    ) -> None:
        with pytest.raises(homebrew.NoAddressError):
            write(homebrew.FORMAT, built, tmp_path, lock=self.lock(tmp_path))

    @pytest.mark.parametrize(
        ("project", "name"),
        [
            ("markdown-it-py", "MarkdownItPy"),
            ("2captcha", "Python2captcha"),
            ("a.b_c", "ABC"),
        ],
    )
    def test_the_class_is_named_as_homebrew_derives_it(
        self, project: str, name: str
    ) -> None:
        assert homebrew.class_name(homebrew.formula_name(project)) == name


class TestGentoo:
    def variables(self, path: Path, *names: str) -> list[str]:
        shown = "; ".join(f'printf "%s\\0" "${{{name}}}"' for name in names)
        script = (
            "inherit() { INHERITED=$*; }; optfeature() { echo; };"
            "WORKDIR=/w; PYTHON_USEDEP=USE;"
            f'source "$0"; {shown}'
        )
        return said("bash", "-euc", script, path).split("\0")[:-1]

    def test_bash_reads_what_the_document_says(
        self, built: Built, tmp_path: Path
    ) -> None:
        path, xml, manifest, archive = write(gentoo.FORMAT, built, tmp_path)
        assert path.relative_to(tmp_path / "out").as_posix() == (
            "dev-python/demo/demo-1.0.ebuild"
        )
        said("bash", "-n", path)
        names = ("EAPI", "DESCRIPTION", "HOMEPAGE", "LICENSE", "RDEPEND", "BDEPEND")
        more = ("SRC_URI", "DISTUTILS_USE_PEP517", "INHERITED", "PYTHON_COMPAT[*]")
        told = self.variables(path, *names, *more)
        assert told[0] == "8"
        assert told[1] == shortened(SUMMARY, 80, of="demo")
        assert told[2] == HOMEPAGE
        assert told[3] == "|| ( MIT ( GPL-2 ISC ) )"
        assert told[4].split() == [
            "!~dev-python/inner-thing-1.5",
            ">=dev-python/inner-thing-1.0[USE]",
            ">=dev-python/other-2.1[USE]",
            "<dev-python/other-3[USE]",
        ]
        # The eclass brings the back end itself.
        assert told[5].split() == [
            "<dev-python/tool-2[USE]",
            ">=dev-python/tool-1[USE]",
        ]
        assert told[6:9] == ["demo-1.0.tar.gz", "flit", "distutils-r1 optfeature"]
        assert told[9] == "python3_12 python3_13 python3_14"
        assert manifest.read_text().startswith(
            f"DIST demo-1.0.tar.gz {len(CONTENT)} BLAKE2B "
        )
        assert "maintainer-needed" in xml.read_text()
        assert archive.parent == path.parent

    def test_from_the_index_its_own_eclass_knows_the_place(
        self, built: Built, tmp_path: Path
    ) -> None:
        path, xml, _ = write(gentoo.FORMAT, built, tmp_path, url="pypi")
        assert "pypi" in self.variables(path, "INHERITED")[0]
        assert "SRC_URI" not in path.read_text()
        assert '<remote-id type="pypi">demo</remote-id>' in xml.read_text()

    @pytest.mark.parametrize(
        ("project", "archive", "told"),
        [
            ("de.mo", "de_mo-1.0.tar.gz", ["", ""]),
            ("de-mo", "de-mo-1.0.tar.gz", ["1", ""]),
            ("De-mo", "De-mo-1.0.tar.gz", ["1", "De-mo"]),
        ],
    )
    def test_an_archive_with_an_old_name_is_told_to_it(
        self, project: str, archive: str, told: list[str], built: Built, tmp_path: Path
    ) -> None:
        given = built(project, "1.0")
        sdist = tmp_path / archive
        sdist.write_bytes(CONTENT)
        plan = plan_of(
            gentoo.FORMAT,
            given,
            "portable",
            names=NoNames(),
            options={"url": "pypi"},
        )
        path, *_ = gentoo.FORMAT.source_dist(
            sdist, given.metadata, out=tmp_path / "out", plan=plan
        )
        names = ("PYPI_NO_NORMALIZE:-", "PYPI_PN:-")
        assert self.variables(path, *names) == told

    def test_an_extra_needs_all_its_packages_together(
        self, built: Built, tmp_path: Path
    ) -> None:
        metadata = (
            "Provides-Extra: x\nRequires-Dist: a; extra == 'x'\n"
            "Requires-Dist: b; extra == 'x'\n"
        )
        path, *_ = write(gentoo.FORMAT, built, tmp_path, metadata=metadata)
        line = '\toptfeature "the extra x" "dev-python/a dev-python/b"\n'
        assert line in path.read_text()

    @pytest.mark.parametrize(
        ("version", "text"),
        [
            ("1.0", "1.0"),
            ("1.0rc1", "1.0_rc1"),
            ("1.0a2", "1.0_alpha2"),
            ("1.0b3.post1", "1.0_beta3_p1"),
            ("1.0.post4", "1.0_p4"),
            ("1.0.dev5", "1.0_alpha0_pre5"),
            ("1.0rc1.dev2", "1.0_rc1_pre2"),
        ],
    )
    def test_versions_are_those_of_the_package_manager_specification(
        self, version: str, text: str
    ) -> None:
        assert gentoo.gentoo_version(parse_version(version)) == text

    @pytest.mark.parametrize("version", ["1!1.0", "1.0+local"])
    def test_a_version_without_equal_is_refused(
        self, version: str, built: Built, tmp_path: Path
    ) -> None:
        with pytest.raises(gentoo.NoGentooVersionError):
            write(gentoo.FORMAT, built, tmp_path, version=version)
        assert not (tmp_path / "out").exists()


class TestFreeBSD:
    def variables(self, program: str, path: Path, *names: str) -> list[str]:
        (path.parent / "bsd.port.mk").touch()
        words = [word for name in names for word in ("-V", f"${{{name}}}")]
        given = ("PYTHON_PKGNAMEPREFIX=py311-", "PY_FLAVOR=py311", "WRKSRC=/w")
        told = said(
            program,
            "-r",
            "-m",
            path.parent,
            "-f",
            path,
            *given,
            *words,
            cwd=path.parent,
        )
        return told.split("\n")

    def test_make_reads_what_the_document_says(
        self, need_tool: Callable[[str], str], built: Built, tmp_path: Path
    ) -> None:
        program = need_tool("bmake")
        path, distinfo, description, archive = write(freebsd.FORMAT, built, tmp_path)
        assert path.relative_to(tmp_path / "out").as_posix() == "devel/py-demo/Makefile"
        names = (
            "PORTNAME",
            "DISTVERSION",
            "CATEGORIES",
            "COMMENT",
            "WWW",
            "RUN_DEPENDS",
        )
        more = (
            "BUILD_DEPENDS",
            "LICENSE",
            "LICENSE_COMB",
            "USES",
            "DISTNAME",
            "NO_ARCH",
        )
        told = self.variables(program, path, *names, *more)
        assert told[:3] == ["demo", "1.0", "devel python"]
        assert told[3] == shortened(SUMMARY, 70, of="demo")
        assert told[4] == HOMEPAGE
        assert told[5].split() == [
            "py311-inner-thing>=1.0:devel/py-inner-thing@py311",
            "py311-other>=2.1<3:devel/py-other@py311",
        ]
        assert told[6].split() == [
            "py311-flit-core>=3.2<4:devel/py-flit-core@py311",
            "py311-tool>=1<2:devel/py-tool@py311",
        ]
        assert told[7:9] == ["UNKNOWN", ""]
        assert told[9:12] == ["python:3.12+", "", "yes"]
        assert f"SHA256 (demo-1.0.tar.gz) = {SHA256}" in distinfo.read_text()
        assert max(map(len, description.read_text().splitlines())) < 80
        assert archive.parent == path.parent

    def test_licences_and_ports_that_are_known_are_named(
        self, need_tool: Callable[[str], str], built: Built, tmp_path: Path
    ) -> None:
        program = need_tool("bmake")
        metadata = "License-Expression: MIT OR Apache-2.0\nRequires-Dist: requests\n"
        names = NoNames(requests="www/py-requests")
        path, *_ = write(
            freebsd.FORMAT, built, tmp_path, metadata=metadata, names=names, url="pypi"
        )
        told = self.variables(
            program, path, "LICENSE", "LICENSE_COMB", "RUN_DEPENDS", "MASTER_SITES"
        )
        assert told[:4] == [
            "MIT APACHE20",
            "dual",
            "py311-requests>0:www/py-requests@py311",
            "PYPI",
        ]


@pytest.mark.parametrize("module", [nix, homebrew, gentoo, freebsd])
def test_a_package_whose_name_is_a_command_is_refused(
    module: Any, built: Built, tmp_path: Path
) -> None:
    names = NoNames(other="x; touch /tmp/hurt")
    with pytest.raises(UnsafePackageNameError):
        write(module.FORMAT, built, tmp_path, names=names)


@pytest.mark.parametrize("module", [nix, gentoo, freebsd])
def test_names_that_follow_a_custom_are_told(module: Any, built: Built) -> None:
    given = built(metadata="Requires-Dist: a\nRequires-Dist: b\n")
    plan = plan_of(module.FORMAT, given, "portable", names=NoNames(b="x-b"))
    named, licence = plan.notes
    assert named.endswith("and not looked up there: a")
    assert licence == (
        "the licence is not certain, so look it up: the project says nothing"
    )


DEVELOPING = (
    "License: BSD\nRequires-Dist: other[socks]>=2\n"
    "Provides-Extra: dev\nRequires-Dist: linter; extra == 'dev'\n"
)


def test_what_a_recipe_does_not_say_is_told(built: Built) -> None:
    given = built(metadata=DEVELOPING)
    _, developing, extras, licence = plan_of(
        gentoo.FORMAT, given, "portable", names=NoNames()
    ).notes
    assert developing == "left out, since they are for developing the project: dev"
    assert extras == "the recipe does not say what the extras of other[socks]>=2 add"
    assert licence.endswith("the project says BSD")
    told = plan_of(nix.FORMAT, given, "portable", names=NoNames()).notes
    assert not any("other[socks]" in note for note in told)


BACKEND = """
import base64, hashlib, zipfile
INFO = "demo-1.0.dist-info"
FILES = {
    "METADATA": "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n",
    "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: cp27-cp27mu-win32\\n",
}
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "demo-1.0-cp27-cp27mu-win32.whl"
    record = [f"{INFO}/RECORD,,"]
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for path, text in FILES.items():
            wheel.writestr(f"{INFO}/{path}", text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            record.append(f"{INFO}/{path},sha256={digest.decode().rstrip('=')},")
        wheel.writestr(f"{INFO}/RECORD", "\\n".join(record))
    return name
"""


def test_a_project_without_a_pyproject_file_is_one(
    pysetup: Any, tmp_path: Path
) -> None:
    (tmp_path / "demo.py").touch()
    (tmp_path / "setup.py").write_text(
        "from setuptools import setup\n"
        "setup(name='demo', version='1.0', py_modules=['demo'])\n"
    )
    words = ("--source", "--no-isolation", "--outdir", tmp_path / "out")
    ran = pysetup("bdist_nix", *words, tmp_path)
    assert ran.code == 0, ran.err
    assert 'pname = "demo";' in (tmp_path / "out" / "default.nix").read_text()


def test_what_was_built_here_need_not_run_on_the_target(
    pysetup: Any, tmp_path: Path
) -> None:
    top = tmp_path / "demo-1.0"
    top.mkdir()
    (top / "make.py").write_text(BACKEND)
    (top / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    (top / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "make"\nbackend-path = ["."]\n'
    )
    sdist = tmp_path / "demo-1.0.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        archive.add(top, "demo-1.0")
    out = tmp_path / "out"
    for format_ in ("nix", "gentoo", "pacman", "conda"):
        ran = pysetup(f"bdist_{format_}", "--source", "--outdir", out / format_, sdist)
        assert ran.code == 0, ran.err
    refused = pysetup("bdist_conda", "--outdir", out, sdist)
    assert "PS2942" in refused.err


@pytest.mark.parametrize(
    ("paths", "modules"),
    [
        (["demo/__init__.py", "demo/sub/__init__.py"], ["demo"]),
        (["zope/event/__init__.py", "zope/other.py"], ["zope.event", "zope.other"]),
        (["a.cpython-311-x86_64-linux-gnu.so", "b.abi3.so", "c.pyd"], ["a", "b", "c"]),
        (["tests/__init__.py", "docs/conf.py", "a/tests/b.py", "_x.py"], []),
        (["demo-1.0.dist-info/x.py", "demo-1.0.data/purelib/y.py", "n/d.txt"], []),
    ],
    ids=["a package", "a shared folder", "machine code", "nothing public", "no module"],
)
def test_what_can_be_imported(paths: list[str], modules: list[str]) -> None:
    files = tuple(TreeFile(path, 0, Hash.of(b"")) for path in paths)
    tree = Tree(
        files, (), pure=True, dist_info="demo-1.0.dist-info", data_dir="demo-1.0.data"
    )
    assert list(top_modules(tree)) == modules


def test_licence_expressions_are_trees() -> None:
    assert licence_tree("") is None
    assert licence_tree("MIT") == Licence("MIT")
    assert licence_tree("A OR B AND C WITH E") == Joined(
        "OR", (Licence("A"), Joined("AND", (Licence("B"), Licence("C", "E"))))
    )
    assert licence_tree("(A OR B) AND C") == Joined(
        "AND", (Joined("OR", (Licence("A"), Licence("B"))), Licence("C"))
    )


@pytest.mark.parametrize(
    ("summary", "short"),
    [
        ("A tool.", "Tool"),
        ("the best of all tools", "Best of all tools"),
        ("x" * 40, "X" + "x" * 16 + "..."),
        ("one two three four five six", "One two three..."),
        ("ruamel.yaml reads", "ruamel.yaml reads"),
        ("Some_Tool is a thing", "Thing"),
        ("some-tool: makes it.", "Makes it"),
        ("some.tool \u2013 the one", "One"),
        ("some-tools: all", "Some-tools: all"),
        ("some-tool", "Some-tool"),
        ("a", "A"),
    ],
)
def test_summaries_are_shortened_between_words(summary: str, short: str) -> None:
    assert shortened(summary, 20, of="some-tool") == short
    assert len(shortened(summary, 20, of="some-tool")) <= 20

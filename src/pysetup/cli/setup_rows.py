"""The map of setup.py: what each of its commands and options has become.

One row a command. What pysetup has no use for is named together with what to do
instead; nothing is silently different.
"""

from collections.abc import Mapping

from pysetup.values import dataclass, field

# Stand for what is only known when the words are run.
NAME, STEM, MADE = "{name}", "{stem}", "{made}"
# Steps that are no commands of ours.
IN_PLACE, CLEAN = "build_ext --inplace", "clean"


@dataclass(frozen=True, slots=True)
class Pass:
    """An option that is one of ours under another name."""

    option: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """An option that changes nothing any more, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An option or command that pysetup does not follow, and what to do instead."""

    instead: str


@dataclass(frozen=True, slots=True)
class Only:
    """An option of which some values are as we do it anyway, and the others not."""

    values: tuple[str, ...]
    instead: str


@dataclass(frozen=True, slots=True)
class Turn:
    """An option that makes another command of it."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfFormat:
    """An option that is one of the format's own; a flag sets it to ``value``."""

    name: str
    value: str = ""


Meaning = Pass | Ignored | Refused | Only | Turn | OfFormat


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ours do: their words, and what its options mean.

    Options are spelled as ``getopt`` wants them, ``name=`` with a value, and their
    short form after a slash. ``told`` is said to whoever uses it.
    """

    words: tuple[str, ...]
    options: Mapping[str, Meaning] = field(default_factory=dict)
    told: str = ""
    takes_rest: bool = False


Row = Done | Refused

_ALWAYS_WHOLE = Ignored("every build is a whole one, from a copy of the sources")
_PYPROJECT = Refused("state it in [[tool.pysetup.build.ext-modules]] of pyproject.toml")
_ENVIRONMENT = Refused("choose the environment:  pysetup install --env DIR .")
_COMPILER = Refused("set CC and CFLAGS in the environment")
_ONE_WHEEL = Refused("pysetup install .  installs all parts of a wheel together")
_OWNERS = Ignored("every file in an archive belongs to root")
_VERSION = Refused("write the whole version in pyproject.toml")
_TAGS = Refused("the tags of a wheel follow from what is in it")
_DEFAULTS = Refused("pyproject.toml holds all settings; edit it")
_THIS_PYTHON = Ignored("scripts get the interpreter of the environment")

_COMPILING: Mapping[str, Meaning] = {
    "compiler=/c": _COMPILER,
    "debug/g": Refused("set CFLAGS=-g in the environment"),
    "force/f": _ALWAYS_WHOLE,
    "parallel=/j": Ignored("the build decides"),
    "plat-name=/p": _TAGS,
    "build-temp=/t": Ignored("temporary files go to a temporary folder"),
}
_BUILD: Mapping[str, Meaning] = {
    "build-base=/b": Pass("--outdir"),
    "build-lib=/d": Pass("--outdir"),
    "build-purelib=": Pass("--outdir"),
    "build-platlib=": Pass("--outdir"),
    "build-scripts=": Ignored("scripts are in the tree"),
    "executable=/e": _THIS_PYTHON,
    **_COMPILING,
}
_TREE = ("build", "--tree", "--outdir", "build")
_LINKING: Mapping[str, Meaning] = {
    **dict.fromkeys(
        (
            *("include-dirs=/I", "define=/D", "undef=/U", "libraries=/l"),
            *("library-dirs=/L", "rpath=/R", "link-objects=/O", "swig-opts="),
            *("swig=", "swig-cpp"),
        ),
        _PYPROJECT,
    ),
    "user": Ignored("include folders are those of the interpreter"),
}
_PACKING: Mapping[str, Meaning] = {
    "bdist-dir=/b": Ignored("temporary files go to a temporary folder"),
    "keep-temp/k": Refused("pysetup build --tree  keeps the tree"),
    "plat-name=/p": _TAGS,
    "dist-dir=/d": Pass("--outdir"),
    "skip-build": _ALWAYS_WHOLE,
    "owner=/u": _OWNERS,
    "group=/g": _OWNERS,
}
_INSTALL: Mapping[str, Meaning] = {
    **dict.fromkeys(
        (
            *("prefix=", "exec-prefix=", "home=", "user", "install-base="),
            *("install-platbase=", "root=", "install-purelib=", "install-platlib="),
            *("install-lib=", "install-headers=", "install-scripts=", "install-data="),
            "install-userbase=",
        ),
        _ENVIRONMENT,
    ),
    "compile/c": Pass("--compile"),
    "no-compile": Pass("--no-compile"),
    "optimize=/O": Ignored("bytecode is made for the interpreter's own level"),
    "force/f": Pass("--force-reinstall"),
    "skip-build": _ALWAYS_WHOLE,
    "record=": Refused("pysetup show --files NAME  lists them, from RECORD"),
    "old-and-unmanageable": Ignored("every installation can be undone"),
    "single-version-externally-managed": Ignored("it is always so"),
}
_NEVER_INSTALL = (
    "setup.py install is never run: the project is built, and its wheel installed"
)
_METADATA_TAGS: Mapping[str, Meaning] = {
    "tag-build=/b": _VERSION,
    "tag-date/d": _VERSION,
    "no-date/D": Ignored("the version is that of pyproject.toml"),
}
_EGGS = Refused("eggs are no more:  pysetup bdist_wheel")
_NO_FORMAT = Refused("pysetup bdist --list-formats  tells what it can make")
_TARGET = Refused("--target  names the system that it is for")
_RELATIONS = Refused("[tool.pysetup.extensions.'pysetup.platform'] states them")
_SCRIPTS = Refused("packages run no scripts of a project when they are installed")
_INSTALLERS: Mapping[str, Meaning] = {
    **_PACKING,
    "plat-name=/p": _TARGET,
    "target-version=": _TARGET,
    "no-target-compile/c": Ignored("bytecode is made when it is first needed"),
    "no-target-optimize/o": Ignored("bytecode is made when it is first needed"),
    "install-script=": _SCRIPTS,
    "pre-install-script=": _SCRIPTS,
}
_RPM: Mapping[str, Meaning] = {
    "dist-dir=/d": Pass("--outdir"),
    "bdist-base=": Ignored("temporary files go to a temporary folder"),
    "rpm-base=": Ignored("temporary files go to a temporary folder"),
    "python=": _TARGET,
    "force-arch=": _TARGET,
    "distribution-name=": _TARGET,
    "spec-only": Turn(("bdist_rpm", "--source")),
    "source-only": Turn(("bdist_rpm", "--source")),
    "binary-only": Ignored("it is always so without --source"),
    "group=": OfFormat("group"),
    "release=": OfFormat("release"),
    "serial=": OfFormat("epoch"),
    "vendor=": OfFormat("vendor"),
    "packager=": OfFormat("packager"),
    **dict.fromkeys(
        ("provides=", "requires=", "conflicts=", "build-requires=", "obsoletes="),
        _RELATIONS,
    ),
    **dict.fromkeys(
        (
            *("prep-script=", "build-script=", "install-script=", "clean-script="),
            *("verify-script=", "pre-install=", "post-install=", "pre-uninstall="),
            "post-uninstall=",
        ),
        _SCRIPTS,
    ),
    "doc-files=": Refused("[tool.pysetup.extensions.'python.files'] names them"),
    "changelog=": Refused("the changelog tells the version, and the date of the build"),
    "icon=": Refused("no system shows icons of packages any more"),
    **dict.fromkeys(
        (
            *("use-bzip2", "clean", "no-clean", "use-rpm-opt-flags", "rpm3-mode"),
            *("no-rpm-opt-flags", "rpm2-mode", "no-autoreq", "fix-python", "quiet/q"),
            *("keep-temp/k", "no-keep-temp"),
        ),
        Ignored("the package is written without the programs of rpm"),
    ),
}
_BABEL = "Babel has a command of its own:  pybabel"

COMMANDS: Mapping[str, Row] = {
    "build": Done(_TREE, _BUILD),
    "build_py": Done(
        _TREE,
        {
            "build-lib=/d": Pass("--outdir"),
            "compile/c": Ignored("installing makes bytecode"),
            "no-compile": Ignored("a wheel holds no bytecode"),
            "optimize=/O": Ignored("installing makes bytecode"),
            "force/f": _ALWAYS_WHOLE,
        },
    ),
    "build_ext": Done(
        _TREE,
        {
            "inplace/i": Turn((IN_PLACE,)),
            "build-lib=/b": Pass("--outdir"),
            **dict(_COMPILING),
            **_LINKING,
        },
    ),
    "build_clib": Done(_TREE, {"build-clib=/b": Pass("--outdir"), **_COMPILING}),
    "build_scripts": Done(
        _TREE,
        {
            "build-dir=/d": Pass("--outdir"),
            "force/f": _ALWAYS_WHOLE,
            "executable=/e": _THIS_PYTHON,
        },
    ),
    "clean": Done(
        (CLEAN,),
        {
            "all/a": Turn((CLEAN, "--all")),
            "build-base=/b": Refused("remove that folder yourself"),
            "build-lib=": Refused("remove that folder yourself"),
            "build-temp=/t": Refused("remove that folder yourself"),
            "build-scripts=": Refused("remove that folder yourself"),
            "bdist-base=": Refused("remove that folder yourself"),
        },
    ),
    "install": Done(("install", "."), _INSTALL, told=_NEVER_INSTALL),
    "install_lib": Done(
        ("install", "--no-deps", "."),
        {
            "install-dir=/d": Pass("--target"),
            "build-dir=/b": _ALWAYS_WHOLE,
            "force/f": Pass("--force-reinstall"),
            "compile/c": Pass("--compile"),
            "no-compile": Pass("--no-compile"),
            "optimize=/O": Ignored("bytecode is made for the interpreter's own level"),
            "skip-build": _ALWAYS_WHOLE,
        },
        told=_NEVER_INSTALL,
    ),
    "install_headers": _ONE_WHEEL,
    "install_scripts": _ONE_WHEEL,
    "install_data": _ONE_WHEEL,
    "install_egg_info": _ONE_WHEEL,
    "sdist": Done(
        ("sdist",),
        {
            "dist-dir=/d": Pass("--outdir"),
            "formats=": Only(("gztar",), "an sdist is a .tar.gz (PEP 625)"),
            "template=/t": Refused(
                "the template is MANIFEST.in, or [tool.pysetup."
                "sources] include and exclude"
            ),
            "manifest=/m": Refused("pysetup sdist --list  shows the files"),
            "manifest-only/o": Turn(("sdist", "--list")),
            "use-defaults": Ignored("it is always so"),
            "no-defaults": Refused("[tool.pysetup.sources] exclude leaves files out"),
            "prune": Ignored("it is always so"),
            "no-prune": Refused("[tool.pysetup.sources] include takes files in"),
            "force-manifest/f": Ignored("no list of files is kept"),
            "keep-temp/k": Refused("pysetup sdist --list  shows the files"),
            "metadata-check": Ignored("it is always so"),
            "medata-check": Ignored("it is always so"),
            "no-metadata-check": Ignored("a wrong document makes no archive"),
            "owner=/u": _OWNERS,
            "group=/g": _OWNERS,
        },
    ),
    "bdist": Done(
        ("bdist_wheel",),
        {
            "formats=": Only(("wheel", "whl"), _NO_FORMAT.instead),
            "help-formats": Turn(("bdist",)),
            **_PACKING,
        },
        told="the binary format is the wheel",
    ),
    "bdist_wheel": Done(
        ("bdist_wheel",),
        {
            **_PACKING,
            "bdist-base=": Ignored("temporary files go to a temporary folder"),
            "universal": Refused("wheels for Python 2 too are no more"),
            "python-tag=": _TAGS,
            "py-limited-api=": Refused(
                "state py-limited-api in [[tool.pysetup.build.ext-modules]]"
            ),
            "build-number=": Refused("raise the version instead"),
            "compression=": Ignored("wheels are always deflated"),
            "relative/r": Ignored("paths in a wheel are always relative"),
        },
    ),
    "bdist_dumb": Done(
        ("bdist_dumb",),
        {
            **_PACKING,
            "plat-name=/p": _TARGET,
            "format=/f": OfFormat("format"),
            "relative": OfFormat("relative", "true"),
        },
    ),
    "bdist_rpm": Done(("bdist_rpm",), _RPM),
    "bdist_deb": Done(("bdist_deb",), {"dist-dir=/d": Pass("--outdir")}),
    "bdist_msi": Done(("bdist_msi",), _INSTALLERS),
    "bdist_wininst": Done(
        ("bdist_wininst",),
        {
            **{key: it for key, it in _INSTALLERS.items() if key != "bdist-dir=/b"},
            "bdist-dir=": Ignored("temporary files go to a temporary folder"),
            "bitmap=/b": Refused("the installer shows no pictures"),
            "title=/t": Refused("the installer shows the project's name"),
            "user-access-control=": Refused("-O scope=user|machine  says whose it is"),
        },
    ),
    "bdist_egg": _EGGS,
    "register": Refused("uploading registers:  pysetup publish dist/*"),
    "upload": Done(
        ("publish", MADE),
        {
            "repository=/r": Pass("--repository-url"),
            "sign/s": Refused("indexes take no signatures of this kind any more"),
            "identity=/i": Refused("indexes take no signatures of this kind any more"),
            "show-response": Ignored("what the index answers is always told"),
        },
    ),
    "upload_docs": Refused(
        "no index takes documentation any more; publish it yourself"
    ),
    "check": Done(
        ("metadata", "validate", "--all", "."),
        {
            "metadata/m": Ignored("it is always so"),
            "restructuredtext/r": Ignored(
                "the text of the description is not rendered"
            ),
            "strict/s": Ignored("a fault always ends with exit code 1"),
        },
    ),
    "test": Refused("run the tests by their own tool:  python -m pytest"),
    "develop": Done(
        ("develop", "."),
        {
            "uninstall/u": Turn(("uninstall", NAME)),
            "no-deps/N": Pass("--no-deps"),
            "install-dir=/d": _ENVIRONMENT,
            "user": _ENVIRONMENT,
            "prefix=": _ENVIRONMENT,
            "script-dir=/s": _ENVIRONMENT,
            "egg-path=": Ignored("no .egg-link is written"),
            "multi-version/m": Ignored("the project is always importable"),
            "exclude-scripts/x": Refused("installing makes all scripts"),
            "always-copy/a": Ignored("what is required is always installed"),
            "always-unzip/Z": Ignored("it is always so"),
            "index-url=/i": Pass("--index-url"),
            "find-links=/f": Pass("--find-links"),
        },
    ),
    "egg_info": Done(
        ("metadata", "convert", "--to", "egg-info", "--output", f"./{STEM}.egg-info"),
        {"egg-base=/e": Pass("--output"), **_METADATA_TAGS},
    ),
    "dist_info": Refused("pysetup build --tree  makes a tree with its .dist-info"),
    "editable_wheel": Refused("pysetup develop  installs the project editable"),
    "easy_install": Done(
        ("install",),
        {
            "index-url=/i": Pass("--index-url"),
            "find-links=/f": Pass("--find-links"),
            "upgrade/U": Pass("--upgrade"),
            "no-deps/N": Pass("--no-deps"),
            "user": _ENVIRONMENT,
            "prefix=": _ENVIRONMENT,
            "install-dir=/d": Pass("--target"),
            "zip-ok/z": Ignored("nothing is installed as a zip file"),
            "always-unzip/Z": Ignored("it is always so"),
            "multi-version/m": _ENVIRONMENT,
        },
        takes_rest=True,
    ),
    "rotate": Refused("remove old archives from dist yourself"),
    "saveopts": _DEFAULTS,
    "setopt": _DEFAULTS,
    "alias": Refused("write a target of make, or a session of nox or tox"),
    "nosetests": Refused("nose is no more:  python -m pytest"),
    "pytest": Refused("run it by itself:  python -m pytest"),
    "ptr": Refused("run it by itself:  python -m pytest"),
    "flake8": Refused("run it by itself:  python -m flake8"),
    "isort": Refused("run it by itself:  python -m isort"),
    "build_sphinx": Refused("Sphinx has a command of its own:  sphinx-build"),
    "compile_catalog": Refused(f"{_BABEL} compile"),
    "extract_messages": Refused(f"{_BABEL} extract"),
    "init_catalog": Refused(f"{_BABEL} init"),
    "update_catalog": Refused(f"{_BABEL} update"),
}

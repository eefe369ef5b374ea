"""Real projects for the labs, one for each thing that is hard in packages."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

INDEX = ("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_FIND_LINKS", "PYSETUP_INDEX_URL")
JUPYTER = "share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager/package.json"


@dataclass(frozen=True)
class Project:
    """A project as it is asked for, code that needs it, and what that prints.

    ``command`` is a program of it with its words, ``says`` what that prints, on
    whichever stream. ``data`` is a file below the prefix.
    """

    source: str
    code: str
    prints: str
    command: tuple[str, ...] = ()
    says: str = ""
    data: str = ""
    pure: bool = True

    @property
    def name(self) -> str:
        """The project's normalised name, with its extra as packages have it."""
        name, _, extra = self.source.partition("==")[0].partition("[")
        plain = name.lower().replace(".", "-").replace("_", "-")
        return f"{plain}-{extra.rstrip(']')}" if extra else plain


PROJECTS: Mapping[str, Project] = {
    "a command, extras, and ~=": Project(
        "markdown-it-py==3.0.0",
        "import markdown_it; print(markdown_it.MarkdownIt().render('# ü'))",
        "<h1>ü</h1>",
        ("markdown-it", "--version"),
        "3.0.0",
    ),
    "machine code, and a command": Project(
        "charset-normalizer==3.4.1",
        "import charset_normalizer.md__mypyc as m; print(m.__name__)",
        "charset_normalizer.md__mypyc",
        ("normalizer", "--version"),
        "Charset-Normalizer 3.4.1",
        pure=False,
    ),
    "machine code": Project(
        "PyYAML==6.0.2",
        "import yaml; print(yaml.CSafeLoader('a: [1]').get_data())",
        "{'a': [1]}",
        pure=False,
    ),
    "a namespace with machine code": Project(
        "zope.interface==7.2",
        "import zope.interface._zope_interface_coptimizations as c; print(c.__name__)",
        "zope.interface._zope_interface_coptimizations",
        pure=False,
    ),
    "data files": Project(
        "jupyterlab-widgets==3.0.13",
        "import jupyterlab_widgets as w; print(w._jupyter_labextension_paths())",
        "jupyterlab-manager",
        data=JUPYTER,
    ),
    "a program with windows": Project(
        "pyzo==4.22.0",
        "import importlib.metadata as m; print(*m.entry_points(group='gui_scripts'))",
        "pyzo:start",
        ("pyzo", "--version"),
        "no suitable Qt wrapper found",
    ),
    "a summary that is not ASCII": Project(
        "pypinyin==0.53.0",
        "import pypinyin; print(pypinyin.lazy_pinyin('中国'))",
        "['zhong', 'guo']",
        ("pypinyin", "中国"),
        "zhōng guó",
    ),
    "exactly a pre-release, and a shared namespace": Project(
        "opentelemetry-sdk==1.27.0",
        "from opentelemetry.sdk.trace import TracerProvider as t; print(t.__name__)",
        "TracerProvider",
        pure=False,
    ),
    "the stable ABI": Project(
        "psutil==6.1.1",
        "import psutil._psutil_linux as c; print(c.__name__, c.version)",
        "psutil._psutil_linux 611",
        pure=False,
    ),
    "versions that are left out": Project(
        "nbformat==5.10.4",
        "import nbformat.v4 as v; print(v.new_notebook().nbformat)",
        "4",
        ("jupyter-trust", "--version"),
        "5.10.4",
        pure=False,
    ),
    "an extra": Project(
        "httpx[http2]==0.27.2",
        "import httpx; print(httpx.Client(http2=True).timeout)",
        "Timeout(timeout=5.0)",
    ),
    "no licence file": Project(
        "fastjsonschema==2.20.0",
        "import fastjsonschema as f; print(f.compile({'type': 'string'})('ü'))",
        "ü",
    ),
    "a module alone": Project(
        "six==1.17.0", "import six; print(six.__version__)", "1.17.0"
    ),
}


def index_environ() -> dict[str, str]:
    """Return what says where packages come from, of this process."""
    return {name: text for name, text in os.environ.items() if name in INDEX}

"""Golden texts: what goes wrong with dependencies, and the next step, in few lines."""

from pathlib import Path

import pytest

from pysetup.cli.output import error_text
from pysetup.errors import PysetupError
from pysetup.metadata.formats.requirement_lists import NoListHereError, Section
from pysetup.workflows.download_folder import DownloadDamagedError, NoManifestError
from pysetup.workflows.download_targets import NoTargetFileError
from pysetup.workflows.installing.system_packages import SystemUnseenError
from pysetup.workflows.managing.edits import (
    AlreadyThereError,
    NamedTwiceError,
    NotThereError,
)
from pysetup.workflows.solving import NamelessSourceError
from pysetup.workflows.upgrade import NotUpgradableError

MOST_LINES, MOST_COLUMNS = 12, 100
DEPENDENCIES, DEV = Section("dependencies"), Section("group", "dev")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(
            AlreadyThereError("six>=1.16", "pyproject.toml:9", "six"),
            """\
error[PS1870]: six is there already: six>=1.16 (pyproject.toml:9)
  help: other versions:  pysetup add 'six>=VERSION'
  help: the newest that fits:  pysetup upgrade six
  more: pysetup explain PS1870                                     [exit 1]
""",
            id="already there",
        ),
        pytest.param(
            NotThereError("pytest", DEPENDENCIES, (DEV,)),
            """\
error[PS1871]: pytest is not in the dependencies of this project
  stands in  group dev
  help: pysetup remove --group dev pytest
  more: pysetup explain PS1871                                     [exit 1]
""",
            id="in another list",
        ),
        pytest.param(
            NotThereError("urllib3", DEV, ()),
            """\
error[PS1871]: urllib3 is not in group dev of this project
  help: pysetup why urllib3  says who requires it
  more: pysetup explain PS1871                                     [exit 1]
""",
            id="in no list",
        ),
        pytest.param(
            NamedTwiceError("six", ["six", "six>=1"], "on the command line"),
            """\
error[PS2871]: six stands twice on the command line: six and six>=1
  requirements  six
                six>=1
  help: leave one of them, or give each a marker of its own
  more: pysetup explain PS2871                                     [exit 2]
""",
            id="named twice",
        ),
        pytest.param(
            NoListHereError(
                "pyproject.toml",
                "[project] calls dependencies dynamic: they are read from needs.txt",
                hint="change needs.txt by hand, or move them into project.dependencies",
            ),
            """\
error[PS2870]: the requirements in pyproject.toml cannot be changed: [project] calls \
dependencies dynamic: they are read from needs.txt
  help: change needs.txt by hand, or move them into project.dependencies
  more: pysetup explain PS2870                                     [exit 2]
""",
            id="read from elsewhere",
        ),
        pytest.param(
            NamelessSourceError("file:///srv/lib"),
            """\
error[PS2872]: file:///srv/lib does not state the name of its project
  help: write it:  pysetup add 'NAME @ file:///srv/lib'
  more: pysetup explain PS2872                                     [exit 2]
""",
            id="no name",
        ),
        pytest.param(
            NoManifestError(Path("gap"), "it has no pysetup-download.json"),
            """\
error[PS2873]: gap cannot be verified: it has no pysetup-download.json
  help: make it anew:  pysetup download --with-deps -d DIR ...
  more: pysetup explain PS2873                                     [exit 2]
""",
            id="no manifest",
        ),
        pytest.param(
            NoTargetFileError(Path("m.json"), "it has no object  environment"),
            """\
error[PS2874]: m.json does not describe a machine: it has no object  environment
  help: make it on that machine:  pysetup inspect > machine.json
  more: pysetup explain PS2874                                     [exit 2]
""",
            id="no description of a machine",
        ),
        pytest.param(
            NotUpgradableError("mine", "it is developed in /srv/mine"),
            """\
error[PS2875]: mine is not upgraded: it is developed in /srv/mine
  help: replace it:  pysetup install NAME, FILE or URL
  more: pysetup explain PS2875                                     [exit 2]
""",
            id="not from an index",
        ),
        pytest.param(
            DownloadDamagedError(
                Path("gap"), ["a-1.whl is missing", "b-1.whl is not listed"]
            ),
            """\
error[PS5870]: gap is not what its manifest says
  faults  a-1.whl is missing
          b-1.whl is not listed
  help: copy the folder again, or repeat the download
  more: pysetup explain PS5870                                     [exit 5]
""",
            id="a damaged folder",
        ),
        pytest.param(
            SystemUnseenError("/srv/env"),
            """\
error[PS7870]: /srv/env does not see the packages of the system, so none can be used
  help: make one that does:  pysetup venv create --system-site-packages DIR
  help: or leave out --prefer-system
  more: pysetup explain PS7870                                     [exit 7]
""",
            id="the system is not seen",
        ),
    ],
)
def test_an_error_says_what_where_and_the_next_step(
    error: PysetupError, text: str
) -> None:
    assert error_text(error) == text
    lines = text.splitlines()
    assert len(lines) <= MOST_LINES
    assert all(len(line) <= MOST_COLUMNS for line in lines[1:])

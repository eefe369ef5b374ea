"""Fedora's generator of Provides, as rpm has it, beside our encoding."""

import json
import os
import subprocess
from pathlib import Path
from random import Random

import pytest
from packaging.version import Version
from tests.platforms.versions.conftest import SYSTEM_PYTHON
from tests.platforms.versions.samples import versions

from pysetup.platforms.versions.rpm import encode_rpm

GENERATOR = Path("/usr/lib/rpm/pythondistdeps.py")
RUN = f"""
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("generator", {str(GENERATOR)!r})
made = importlib.util.module_from_spec(spec)
spec.loader.exec_module(made)
json.dump([str(made.RpmVersion(one)) for one in json.load(sys.stdin)], sys.stdout)
"""


def is_ordinary(version: Version) -> bool:
    marks = (version.pre, version.post, version.dev)
    return version.local is None and sum(mark is not None for mark in marks) <= 1


@pytest.mark.interop
def test_versions_with_one_mark_are_provided_by_fedora_as_we_ask_for_them() -> None:
    if not GENERATOR.exists():
        if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
            pytest.fail(f"{GENERATOR} is required here and is not installed")
        pytest.skip(f"{GENERATOR} is not installed")
    known = [each for each in versions(Random(38), 1500) if is_ordinary(each)]
    done = subprocess.run(
        [SYSTEM_PYTHON, "-c", RUN],
        input=json.dumps(list(map(str, known))),
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = json.loads(done.stdout)
    assert len(known) > 400
    assert [encode_rpm(each) for each in known] == theirs

"""What is packaged, where its folder is one that nobody may write to."""

import os
from pathlib import Path

from pysetup.workflows.platform.sources import is_project, writable_copy


def test_a_project_that_is_only_read_is_copied(tmp_path: Path) -> None:
    root = tmp_path / "a \u00fc project"
    (root / "inner").mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (root / "inner" / "run.sh").write_text("#!/bin/sh\n")
    (root / "inner" / "link").symlink_to("run.sh")
    for place, mode in (("inner/run.sh", 0o555), ("inner", 0o555), (".", 0o555)):
        (root / place).chmod(mode)
    copy = writable_copy(root, tmp_path / "scratch")
    assert is_project(copy)
    assert copy.name == root.name
    assert (copy / "inner").stat().st_mode & 0o777 == 0o755
    assert (copy / "inner" / "run.sh").stat().st_mode & 0o777 == 0o755
    assert os.readlink(copy / "inner" / "link") == "run.sh"
    assert root.stat().st_mode & 0o777 == 0o555
    (root / "inner").chmod(0o755)
    root.chmod(0o755)

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

NeedTool = Callable[[str], str]


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs root, to mount a disk"
)
@pytest.mark.parametrize("scenario", ["upgrade", "uninstall"])
def test_a_loss_of_power_at_any_step_gives_the_old_or_the_new_state(
    scenario: str, tmp_path: Path, project_root: Path, need_tool: NeedTool
) -> None:
    need_tool("mkfs.ext4")
    if not os.path.exists("/dev/loop-control"):
        pytest.skip("no file can be mounted here")
    lab = Path(__file__).with_name("power_lab.py")
    done = subprocess.run(
        [sys.executable, "-P", str(lab), str(tmp_path), scenario],
        env={**os.environ, "PYTHONPATH": str(project_root / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["faults"] == []
    assert seen["OLD"] + seen["NEW"] == seen["cuts"]
    assert seen["OLD"]
    assert seen["NEW"]

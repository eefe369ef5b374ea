"""The fuzzer of the metadata readers, for a moment; longer runs are made by hand."""

import subprocess
import sys
from pathlib import Path


def test_damaged_files_end_in_a_document_or_an_error_of_ours(
    project_root: Path, tmp_path: Path
) -> None:
    fuzzer = project_root / "benchmarks" / "fuzz_metadata.py"
    words = [sys.executable, str(fuzzer), "--rounds", "600", "--keep", str(tmp_path)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "600 rounds over" in ran.stdout

"""Each wheel of the tables has the answer that the reference promises, and no other."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Sound wheels that do not fit this environment may stay in the store for another.
UNFIT = ("PS2103", "PS7307", "PS7308")


@pytest.fixture(autouse=True)
def empty_store(lab: Any) -> Iterator[None]:
    yield
    shutil.rmtree(lab.cache / "store", ignore_errors=True)


def test_the_reference_and_the_tables_name_the_same_wheels(tables: Any) -> None:
    promised, made = tables
    assert promised == made


def test_a_wheel_has_the_answer_of_the_reference(
    case: Any, lab: Any, maker: Any, tmp_path: Path, faults: Any
) -> None:
    before = lab.state()
    ran = lab.install(case.wheel(maker, tmp_path))
    kind, _, rest = case.answer.partition(": ")
    if kind == "refused":
        problems = faults.refusal(ran, rest)
        if rest not in UNFIT:
            problems += [f"stored {name}" for name in lab.stored()]
    else:
        problems = [*faults.speech(ran), *lab.record_faults()]
        if ran.code or rest not in ran.err or bool(rest) != bool(ran.err):
            problems.append(f"exit code {ran.code}, said {ran.err[:500]!r}")
        getattr(case.table, "CHECKS", {}).get(case.title, bool)(lab.site)
        if not ran.code:
            lab.run("uninstall", "--env", str(lab.env), "demo")
    after = lab.state()
    problems += [f"changed {name}" for name in before.keys() ^ after.keys()]
    problems += [n for n in before.keys() & after.keys() if before[n] != after[n]]
    assert not problems, (problems, ran)


@pytest.mark.slow
def test_a_process_of_its_own_gives_the_same_answer(
    case: Any, lab: Any, maker: Any, tmp_path: Path, pysetup: Any
) -> None:
    before = lab.state()
    plain = ("--no-index", "--no-deps", "--env", str(lab.env))
    ran = pysetup("install", *plain, case.wheel(maker, tmp_path))
    kind, _, rest = case.answer.partition(": ")
    if kind == "refused":
        assert ran.code == int(rest[2])
        assert f"error[{rest}]" in ran.err
    else:
        assert ran.code == 0
        assert rest in ran.err
        assert lab.run("uninstall", "--env", str(lab.env), "demo").code == 0
    assert lab.state() == before
    assert "Traceback" not in ran.err

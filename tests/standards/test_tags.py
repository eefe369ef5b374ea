"""Compatibility tags: what an interpreter can run, best first."""

from pysetup.standards.tags import best_rank, parse_tag, supported_tags, tag_ranks

LINUX = ("manylinux_2_17_x86_64", "linux_x86_64")


def test_cpython_prefers_its_own_abi_and_ends_with_pure_wheels() -> None:
    tags = supported_tags(
        implementation="cp", version=(3, 12), abis=("cp312",), platforms=LINUX
    )
    assert tags[0] == "cp312-cp312-manylinux_2_17_x86_64"
    order = [
        tags.index(tag)
        for tag in (
            "cp312-cp312-linux_x86_64",
            "cp312-abi3-linux_x86_64",
            "cp312-none-linux_x86_64",
            "cp311-abi3-linux_x86_64",
            "py312-none-linux_x86_64",
            "cp312-none-any",
            "py3-none-any",
        )
    ]
    assert order == sorted(order)
    assert len(set(tags)) == len(tags)


def test_another_implementation_has_its_own_abi() -> None:
    tags = supported_tags(
        implementation="pp", version=(3, 11), abis=("pypy311_pp73",), platforms=LINUX
    )
    assert tags[0] == "pp311-pypy311_pp73-manylinux_2_17_x86_64"
    assert "py3-none-any" in tags
    assert not any("abi3" in tag for tag in tags)


def test_without_platforms_those_of_this_machine_count() -> None:
    tags = supported_tags(implementation="cp", version=(3, 12), abis=("cp312",))
    assert "py3-none-any" in tags


def test_the_best_of_a_wheels_tags_counts() -> None:
    ranks = tag_ranks(("a-b-c", "py3-none-any", "py2-none-any"))
    assert best_rank(parse_tag("py2.py3-none-any"), ranks) == 1
    assert best_rank(parse_tag("x-y-z"), ranks) is None

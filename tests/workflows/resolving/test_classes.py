"""Small shelves of files, by class of what can be odd about them, and what is chosen.

A shelf is written line by line: ``name version``, then words. ``-> need`` requires
something, ``py>=3.12`` says for which Python, ``+tag`` is the tag of its wheel,
``sdist`` and ``no-wheel`` say which files there are, ``yanked`` takes it back,
``extra:x`` offers an extra.
"""

from typing import Any

import pytest

from pysetup.errors import ResolutionError

Shelf = list[str]


def stock(shop: Any, shelf: Shelf) -> None:
    for line in shelf:
        head, *needs = (part.strip() for part in line.split("->"))
        name, version, *words = head.split()
        python = next((w[2:] for w in words if w.startswith("py")), "")
        tags = [word[1:] for word in words if word.startswith("+")]
        more: dict[str, Any] = {"python": python}
        if "yanked" in words:
            more["yanked"] = ""
        if "no-wheel" not in words:
            extras = [w.removeprefix("extra:") for w in words if w.startswith("extra:")]
            for tag in tags or ["py3-none-any"]:
                shop.wheel(name, version, *needs, tag=tag, extras=extras, **more)
        if "sdist" in words or "no-wheel" in words:
            more["requires_python"] = more.pop("python")
            shop.sdist(name, version, *needs, **more)


OLD_MAC = "+cp311-cp311-macosx_10_0_ppc64"

CHOSEN = [
    # Backtracking.
    pytest.param(
        ["door 1", "door 2 -> hinge", "door 3 -> hinge"],
        ["door"],
        "door-1",
        id="newer ones need what nobody has",
    ),
    pytest.param(
        [
            "house 1 -> door",
            "house 2 -> door<2",
            "door 1 -> key==1",
            "door 2 -> key==2",
            "key 1",
            "key 2",
        ],
        ["house", "key>1"],
        "door-2 house-1 key-2",
        id="the newest of one is given up for the user's own",
    ),
    pytest.param(
        [f"wall {n} -> brick=={n}" for n in range(1, 12)]
        + [f"roof {n} -> brick=={n}" for n in range(1, 4)]
        + [f"brick {n}" for n in range(1, 12)],
        ["wall", "roof"],
        "brick-3 roof-3 wall-3",
        id="two that must agree, far below the newest",
    ),
    # Excluded versions.
    pytest.param(
        ["lamp 1", "lamp 2", "lamp 3", "desk 1 -> lamp!=3,!=2"],
        ["desk", "lamp"],
        "desk-1 lamp-1",
        id="holes in a range",
    ),
    # Extras.
    pytest.param(
        [
            "bike 1 -> horn; extra == 'bell' -> lamp; extra == 'light'",
            "horn 1",
            "lamp 1",
        ],
        ["bike[bell,light]"],
        "bike-1 horn-1 lamp-1",
        id="two extras",
    ),
    pytest.param(
        [
            "bike 1 -> bike[bell]; extra == 'all' -> horn; extra == 'bell'",
            "horn 1",
        ],
        ["bike[all]"],
        "bike-1 horn-1",
        id="an extra of extras",
    ),
    pytest.param(
        ["bike 1 extra:bell -> bike[bell] -> horn; extra == 'bell'", "horn 1"],
        ["bike"],
        "bike-1 horn-1",
        id="a project that always wants its own extra",
    ),
    pytest.param(
        ["bike 1 extra:bell -> horn==1; extra == 'bell'", "horn 1", "horn 2"],
        ["bike", "horn"],
        "bike-1 horn-2",
        id="an extra nobody asked for is no limit",
    ),
    # Local versions and post-releases.
    pytest.param(
        ["ink 1.2+blue", "ink 1.2"], ["ink==1.2"], "ink-1.2+blue", id="a local version"
    ),
    pytest.param(
        [f"ink 1.2+blue {OLD_MAC}", "ink 1.2"],
        ["ink"],
        "ink-1.2",
        id="a local version without a file that fits",
    ),
    pytest.param(
        ["ink 1.2+blue", "ink 1.1"], ["ink>1.1"], "ink-1.2+blue", id="above the last"
    ),
    pytest.param(
        ["ink 1.2.post1", "ink 1.2"],
        ["ink>=1.2"],
        "ink-1.2.post1",
        id="a post-release is newer",
    ),
    pytest.param(
        ["ink 1.2.post1", "ink 1.2.post2"],
        ["ink>1.2.post1"],
        "ink-1.2.post2",
        id="above a post-release",
    ),
    # Pre-releases.
    pytest.param(
        ["tea 1", "tea 2a1"], ["tea<=2"], "tea-1", id="a pre-release in the range"
    ),
    pytest.param(
        ["tea 2a1", "tea 2b1", "tea 2rc1"], ["tea"], "tea-2rc1", id="nothing but those"
    ),
    pytest.param(
        ["tea 1", "tea 2a1"], ["tea<2a2"], "tea-2a1", id="a bound that names one"
    ),
    pytest.param(
        ["tea 1", "tea 2.dev3"], ["tea>=1.dev0"], "tea-2.dev3", id="a development one"
    ),
    # Python and platforms.
    pytest.param(
        ["owl 1 py>=3.8", "owl 2 py>=3.12"], ["owl"], "owl-1", id="a newer Python"
    ),
    pytest.param(
        ["owl 1 py>=3.8", "owl 2 py<3.11"], ["owl"], "owl-1", id="an older Python"
    ),
    pytest.param(
        ["owl 1", f"owl 2 {OLD_MAC}"], ["owl"], "owl-1", id="another platform"
    ),
    pytest.param(
        [f"owl 2 {OLD_MAC} sdist"], ["owl"], "owl-2.tar.gz", id="only source fits"
    ),
    pytest.param(
        ["owl 2 +cp311-cp311-manylinux_2_17_x86_64 +py3-none-any"],
        ["owl"],
        "owl-2-cp311",
        id="the closest tag",
    ),
    pytest.param(
        [
            "owl 1 -> elf; sys_platform == 'win32' -> imp; python_version >= '3.10'",
            "imp 1",
        ],
        ["owl"],
        "imp-1 owl-1",
        id="markers of the platform",
    ),
    pytest.param(
        [
            "owl 1 -> imp; python_version > 'nonsense' -> elf; platform_release >= '2'",
            "elf 1",
        ],
        ["owl"],
        "elf-1 owl-1",
        id="markers with odd values",
    ),
    pytest.param(
        ["owl 1", "owl 2 -> imp; os_name ~= 'posix'"],
        ["owl"],
        "owl-1",
        id="a marker without meaning makes a version unusable",
    ),
    # Yanked.
    pytest.param(
        ["sun 1", "sun 2 yanked"], ["sun>=1"], "sun-1", id="a yanked one is passed over"
    ),
    pytest.param(
        ["sun 1", "sun 2 yanked", "sky 1 -> sun>1"],
        ["sky", "sun==2"],
        "sky-1 sun-2",
        id="a yanked one that the user pins",
    ),
    # Names.
    pytest.param(
        ["rope 1 -> IRON", "iron 1"],
        ["Rope", "ROPE>=1"],
        "iron-1 rope-1",
        id="names that are the same",
    ),
]


@pytest.mark.parametrize(("shelf", "asked", "expected"), CHOSEN)
def test_what_is_chosen(
    shop: Any, shelf: Shelf, asked: list[str], expected: str
) -> None:
    stock(shop, shelf)
    found = sorted(shop.pins(*asked).values())
    wanted = expected.split()
    assert len(found) == len(wanted), found
    for filename, start in zip(found, wanted, strict=True):
        assert filename.replace("-", "_").startswith(start.replace("-", "_")), found


REFUSED = [
    pytest.param(["ant 1"], ["bee"], "bee", id="nobody has it"),
    pytest.param(["ant 1 -> bee"], ["ant"], "ant bee", id="nobody has what it needs"),
    pytest.param(["ant 1", "ant 2"], ["ant>2"], "ant 2", id="not new enough"),
    pytest.param(["ant 1"], ["ant!=1"], "ant", id="the only one is excluded"),
    pytest.param(
        ["ant 1 -> cat<2", "bee 1 -> cat>=2", "cat 1", "cat 2"],
        ["ant", "bee"],
        "ant bee cat",
        id="two that do not agree",
    ),
    pytest.param(
        ["ant 1 -> bee", "bee 1 -> cat==1", "cat 1", "cat 2"],
        ["ant", "cat==2"],
        "ant bee cat",
        id="a chain against the user's own",
    ),
    pytest.param(
        ["ant 1 -> bee==1; extra == 'x' -> bee==2; extra == 'y'", "bee 1", "bee 2"],
        ["ant[x,y]"],
        "ant[x] ant[y] bee",
        id="two extras against each other",
    ),
    pytest.param(
        ["ant 1 -> bee; os_name === 'posix'"],
        ["ant"],
        "ant cannot be evaluated",
        id="a marker without meaning",
    ),
    pytest.param(["ant 1 yanked"], ["ant"], "ant yanked", id="only a yanked one"),
    pytest.param(["ant 1 py>=3.12"], ["ant"], "Python >=3.12", id="another Python"),
    pytest.param(
        ["ant 1 py>=3.12", "bee 1 -> ant"],
        ["bee"],
        "ant bee Python >=3.12",
        id="a need for another Python",
    ),
    pytest.param([f"ant 1 {OLD_MAC}"], ["ant"], "no file", id="another platform"),
    pytest.param(["ink 1.2+blue"], ["ink>1.2"], "ink 1.2+blue", id="no local above it"),
    pytest.param(["ink 1.2.post1"], ["ink>1.2"], "ink", id="no post-release above it"),
    pytest.param(["ink 1.2.post1"], ["ink<1.2"], "ink", id="nor below it"),
    pytest.param(
        ["ant 1 -> ant>=2"], ["ant"], "ant", id="a version that forbids itself"
    ),
]


@pytest.mark.parametrize(("shelf", "asked", "words"), REFUSED)
def test_the_explanation_names_what_is_in_the_way(
    shop: Any, shelf: Shelf, asked: list[str], words: str
) -> None:
    stock(shop, shelf)
    with pytest.raises(ResolutionError) as caught:
        shop.resolve(*asked)
    text = f"{caught.value.message} {caught.value.facts}"
    for word in words.split():
        assert word in text

"""Random versions and specifiers of PEP 440, and versions near their boundaries."""

from collections.abc import Iterator
from random import Random

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

OPERATORS = ("==", "!=", "<", ">", "<=", ">=", "~=", "==*", "!=*", "===")
_LOCAL = ("1", "2", "10", "a", "ab", "abc", "a1", "1a", "0a", "cu118", "cu92", "ubuntu")
# What the encodings themselves write behind a version.
_MARKS = ("local", "m", "q", "post1", "dev", "z")
_HUGE = (
    "99999999999999999999",
    "1.99999999999999999999.dev88888888888888888888",
    "20240229235959.post123456789012345678901",
    "1.0+99999999999999999999",
    "1.0+00a.0",
    "2147483647!1",
    "0",
    "0.dev0",
    "0a0.dev0",
    "1.0.0.0.0.1",
    "1.0.0.0.0.0rc1.post0.dev0",
    "0.0.0.1.post0.dev0",
)


def version_text(random: Random, *, local: bool = True) -> str:
    """Return one version; close to others, so that orders are hard."""
    text = f"{random.choice((1, 2))}!" if random.random() < 0.1 else ""
    numbers = [random.choice((0, 0, 1, 1, 2, 10)) for _ in range(random.randint(1, 4))]
    text += ".".join(map(str, numbers))
    if random.random() < 0.35:
        text += f"{random.choice(('a', 'b', 'rc'))}{random.randint(0, 2)}"
    if random.random() < 0.3:
        text += f".post{random.randint(0, 2)}"
    if random.random() < 0.3:
        text += f".dev{random.randint(0, 2)}"
    if local and random.random() < 0.25:
        text += "+" + ".".join(random.choices(_LOCAL + _MARKS, k=random.randint(1, 3)))
    return text


def versions(random: Random, count: int) -> list[Version]:
    """Return ``count`` different versions, among them some with huge numbers."""
    found = {Version(text) for text in _HUGE}
    while len(found) < count:
        found.add(Version(version_text(random)))
    return sorted(found)


def specifier(random: Random) -> tuple[str, Version]:
    """Return one comparison, and the version that it names."""
    operator = random.choice(OPERATORS)
    local = operator in {"==", "!=", "==="}
    version = Version(version_text(random, local=local))
    if operator.endswith("*"):
        release = ".".join(map(str, version.release))
        epoch = f"{version.epoch}!" if version.epoch else ""
        return f"{operator[:2]}{epoch}{release}.*", version
    if operator == "===" and random.random() < 0.2:
        return f"==={version}-no-version", version
    if operator == "~=" and len(version.release) == 1:
        return f"~={version.epoch}!{version.release[0]}.0", version
    return f"{operator}{version}", version


def near(version: Version) -> Iterator[Version]:
    """Yield versions around ``version``: where a translation goes wrong, if it does."""
    epoch = f"{version.epoch}!" if version.epoch else ""
    release = list(version.release)
    following = [*release[:-1], release[-1] + 1]
    family = [*release[:-2], release[-2] + 1] if len(release) > 1 else following
    for numbers in (release, [*release, 0], [*release, 1], following, family):
        base = epoch + ".".join(map(str, numbers))
        for suffix in (".dev0", "a0.dev0", "rc1", "", "+a.1", ".post0.dev0", ".post1"):
            yield Version(base + suffix)
    whole = version.public
    for suffix in ("", "+a", "+ab1.2"):
        yield Version(whole + suffix)
    if version.local:
        yield version
        yield Version(f"{version}.0")
        yield Version(f"{version}.00a")
    if version.dev is None:
        bare = whole.partition(".post")[0]
        post = version.post or 0
        for suffix in (
            f".post{post}.dev1",
            f".post{post}",
            f".post{post + 1}.dev0",
            f".post{post + 1}+1",
        ):
            yield Version(bare + suffix)
    if version.pre is not None:
        phase, number = version.pre
        base = epoch + ".".join(map(str, release))
        yield Version(f"{base}{phase}{number + 1}.dev0")
        yield Version(f"{base}{phase}{number}.post3")


def holds(text: str, version: Version) -> bool:
    """Tell what PEP 440 says, by the packaging library.

    ``===`` compares texts, which an encoding without the zeros at the end cannot keep:
    versions that are equal count as the same text.
    """
    if text.startswith("==="):
        try:
            return Version(text.removeprefix("===")) == version
        except InvalidVersion:
            return False
    return SpecifierSet(text).contains(version, prereleases=True)


def checks(random: Random, count: int) -> Iterator[tuple[str, Version, bool]]:
    """Yield ``count`` specifiers with a version near to them, and the right answer.

    One in four joins several comparisons.
    """
    done = 0
    while True:
        one, version = specifier(random)
        joined, places = [one], [version]
        while random.random() < 0.25:
            another, place = specifier(random)
            joined.append(another)
            places.append(place)
        text = ",".join(joined)
        around = {each for place in places for each in near(place)}
        for each in random.sample(sorted(around), min(len(around), 12)):
            yield text, each, all(holds(part, each) for part in joined)
            done += 1
            if done == count:
                return

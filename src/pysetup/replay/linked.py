"""Which environments link to folders of the store: it must not lose those."""

import _imp
import os

FOLDER = "linked"
_KEY = 0x70797365


def note_links(store: str, prefix: str, links: list[tuple[str, str]]) -> None:
    """Note that the environment ``prefix`` will have ``links`` to folders of ``store``.

    Each is (place below the prefix, target below the store). Raises ``OSError``.
    """
    os.makedirs(f"{store}/{FOLDER}", exist_ok=True)
    lines = [f"{prefix}/{place}\t{store}/{target}\n" for place, target in links]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    name = _imp.source_hash(_KEY, prefix.encode()).hex()
    descriptor = os.open(f"{store}/{FOLDER}/{name}", flags, 0o600)
    try:
        content = "".join(lines).encode("utf-8", "surrogateescape")
        while content:
            content = content[os.write(descriptor, content) :]
    finally:
        os.close(descriptor)


def has_links(store: str, prefix: str) -> bool:
    """Tell whether the environment ``prefix`` ever got links to ``store``."""
    name = _imp.source_hash(_KEY, prefix.encode()).hex()
    return os.path.lexists(f"{store}/{FOLDER}/{name}")


def live_links(store: str) -> list[tuple[str, str]]:
    """Return the links to ``store`` that stand: absolute place and target.

    Notes of environments that have none any more are removed.
    """
    found: list[tuple[str, str]] = []
    try:
        names = sorted(os.listdir(f"{store}/{FOLDER}"))
    except OSError:
        return []
    for name in names:
        path = f"{store}/{FOLDER}/{name}"
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            rows = [line.rstrip("\n").split("\t") for line in stream]
        alive = {row[0]: row[1] for row in rows if len(row) > 1 and _stands(*row[:2])}
        found += alive.items()
        if not alive:
            os.unlink(path)
    return found


def _stands(place: str, target: str) -> bool:
    try:
        return os.readlink(place) == target
    except OSError:
        return False

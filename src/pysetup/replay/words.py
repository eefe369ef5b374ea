"""Which command lines may be answered from memory: those without surprises."""

from pysetup.replay.memory import read_named

# Option -> whether a value follows it. Others make a command line take the long way.
_INSTALL = {
    "--python": True,
    "--env": True,
    "--cache-dir": True,
    "-r": True,
    "--requirement": True,
    "-c": True,
    "--constraint": True,
    "-i": True,
    "--index-url": True,
    "--extra-index-url": True,
    "--trusted-host": True,
    "--link-mode": True,
    "--durability": True,
    "--lock-timeout": True,
    "--only-binary": True,
    "--no-binary": True,
    "--resolution": True,
    "--timeout": True,
    "--retries": True,
    "-q": False,
    "--quiet": False,
    "--no-deps": False,
    "--compile": False,
    "--no-compile": False,
    "--pre": False,
    "--offline": False,
}
_UNINSTALL = {
    "--python": True,
    "--env": True,
    "--cache-dir": True,
    "--durability": True,
    "--lock-timeout": True,
    "-r": True,
    "--requirement": True,
    "-q": False,
    "--quiet": False,
    "-y": False,
    "--yes": False,
}
_LOCK = {
    "--python": True,
    "--env": True,
    "--cache-dir": True,
    "-r": True,
    "--requirement": True,
    "--requirements": True,
    "-c": True,
    "--constraint": True,
    "-i": True,
    "--index-url": True,
    "--extra-index-url": True,
    "--trusted-host": True,
    "-o": True,
    "--output": True,
    "--project": True,
    "--extra": True,
    "--group": True,
    "--all-extras": False,
    "--all-groups": False,
    "--check": False,
    "--only-binary": True,
    "--no-binary": True,
    "--resolution": True,
    "--timeout": True,
    "--retries": True,
    "-q": False,
    "--quiet": False,
    "--pre": False,
    "--offline": False,
    "--universal": False,
    "--no-universal": False,
}
_SYNC = {
    "--python": True,
    "--env": True,
    "--cache-dir": True,
    "-i": True,
    "--index-url": True,
    "--extra-index-url": True,
    "--trusted-host": True,
    "--link-mode": True,
    "--durability": True,
    "--lock-timeout": True,
    "--only-binary": True,
    "--timeout": True,
    "--retries": True,
    "--extra": True,
    "--group": True,
    "--all-extras": False,
    "--all-groups": False,
    "--no-default-groups": False,
    "--inexact": False,
    "-q": False,
    "--quiet": False,
    "--no-compile": False,
    "--offline": False,
}
OPTIONS = {
    "install": _INSTALL,
    "uninstall": _UNINSTALL,
    "lock": _LOCK,
    "sync": _SYNC,
}
PYLOCK = "pylock.toml"
_LONG = {
    "-r": "--requirement",
    "--requirements": "--requirement",
    "-c": "--constraint",
    "-i": "--index-url",
    "-o": "--output",
}
_FILES = ("--requirement", "--constraint")
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_REQUIREMENT = _NAME | frozenset("[],<>=!~*+ ;()'\"")
_ARCHIVES = (".whl", ".zip", ".gz", ".bz2", ".tgz", ".xz")
_PIN_LIMIT = 16 * 1024 * 1024


class Asked:
    """A command line that may be answered from memory.

    ``words`` are its words without the command and the environment; ``environment`` is
    what ``--env`` or ``--python`` names; ``files`` are the requirement and constraint
    files; ``names`` the requirements among the words; ``durability`` is what that
    option says, ``output`` and ``project`` what these name.
    """

    __slots__ = (
        "cache_dir",
        "command",
        "durability",
        "environment",
        "files",
        "names",
        "output",
        "project",
        "words",
    )

    def __init__(self, command: str) -> None:
        self.command = command
        self.environment: str | None = None
        self.cache_dir: str | None = None
        self.durability = ""
        self.output = ""
        self.project = ""
        self.words: list[str] = []
        self.files: list[str] = []
        self.names: list[str] = []


def read_words(words: list[str]) -> Asked | None:
    """Return what ``words`` ask for, or None for the long way."""
    if not words or words[0] not in OPTIONS:
        return None
    asked = Asked(words[0])
    options = OPTIONS[words[0]]
    rest = iter(words[1:])
    for word in rest:
        if word[:1] != "-":
            if asked.command == "sync":
                asked.files.append(word)
                asked.words.append(word)
                continue
            if not is_plain(word):
                return None
            asked.names.append(word)
            asked.words.append(word)
            continue
        name, sep, inside = word.partition("=")
        takes = options.get(name)
        if takes is None or (sep and (not takes or name[:2] != "--")):
            return None
        value = next(rest, None) if takes and not sep else inside
        if value is None or not _note(asked, _LONG.get(name, name), value, takes):
            return None
    if asked.command == "sync" and not asked.files:
        asked.files.append(PYLOCK)
    return asked


def is_lock(path: str) -> bool:
    """Tell whether ``path`` names a lock file (PEP 751), as far as that is plain."""
    name = path.rpartition("/")[2]
    return name.startswith("pylock.") and name.endswith(".toml")


def _note(asked: Asked, name: str, value: str, takes: bool) -> bool:  # noqa: FBT001 - a row's own flag
    """Take up one option; tell whether it may be answered from memory."""
    if name in ("--python", "--env"):
        if asked.environment is not None or not value:
            return False
        asked.environment = value
        # What the environment is, not where, is what an answer depends on.
        asked.words.append(name)
        return True
    if name == "--cache-dir":
        asked.cache_dir = value
        return bool(value)
    if not _is_usual(asked, name, value):
        return False
    if name in _FILES:
        asked.files.append(value)
    elif name == "--output":
        asked.output = value
    elif name == "--project":
        asked.project = value
    elif name == "--durability":
        asked.durability = value
    asked.words.append(name)
    if takes:
        asked.words.append(value)
    return True


def _is_usual(asked: Asked, name: str, value: str) -> bool:
    """Tell whether the value of an option is one that the short way understands."""
    if name in _FILES:
        return bool(value) and "://" not in value
    if name == "--output":
        return not asked.output and value not in ("", "-")
    if name == "--project":
        return not asked.project and value[:1] not in ("", "~")
    # A group with a path stands in another file.
    return name != "--group" or ":" not in value


def is_plain(text: str) -> bool:
    """Tell whether ``text`` names a project, with versions or not, and no place."""
    if text.endswith(_ARCHIVES) or text[:1] not in _NAME or text[:1] in ".-_":
        return False
    return _REQUIREMENT.issuperset(text)


def read_lines(path: str) -> bytes | None:
    """Return the content of a requirements file, or None for the long way.

    Every line names a project: options, places and other files take the long way.
    """
    content = read_named(path)
    if content is None or len(content) > _PIN_LIMIT or not content.isascii():
        return None
    for line in content.decode("ascii").splitlines():
        text = line.partition(" #")[0].strip()
        if text and text[0] != "#" and not is_plain(text):
            return None
    return content


def bare_name(text: str) -> str:
    """Return the normalised name of the project that a requirement names."""
    end = 0
    while end < len(text) and text[end] in _NAME:
        end += 1
    name = text[:end].lower().replace("_", "-").replace(".", "-")
    while "--" in name:
        name = name.replace("--", "-")
    return name

"""The table of commands: names, groups and summaries; their modules load when used."""

# Grouped by the phase of distribution that a command belongs to, in the order of
# the six phases, so that the help is a map. Each row: name, module, summary.
# A name of two words is a command with sub-commands, told apart by its first word.
COMMANDS = (
    (
        "Project (the document)",
        (
            ("init", "init", "begin a project, or adopt the one that stands here"),
            ("metadata", "metadata", "show, change, check or convert the document"),
            ("add", "add", "add requirements to a project"),
            ("remove", "remove", "take requirements out of a project"),
            ("trace", "trace", "show the chain of digests from source to environment"),
        ),
    ),
    (
        "Development",
        (
            ("develop", "develop", "make this project importable where it stands"),
            ("venv", "venv", "create an environment"),
        ),
    ),
    (
        "Source distribution",
        (
            ("sdist", "sdist", "pack the source archive, reproducibly"),
            ("files", "files", "explain why files are in sdist and wheel, or not"),
        ),
    ),
    (
        "Build and binary distribution",
        (
            ("build", "build", "build sdist and wheel, or the tree in wheel layout"),
            ("build-lock", "build_lock", "lock what a project is built with"),
            ("rebuild", "rebuild", "rebuild an archive and compare, file by file"),
            ("bdist", "bdist", "list the binary formats, and the targets"),
            (
                "bdist_wheel",
                "bdist_wheel",
                "pack a wheel from a tree, an sdist or a build",
            ),
            ("bdist_deb", "bdist_platform", "make a package of Debian and its kin"),
            ("bdist_rpm", "bdist_platform", "make a package of Fedora, openSUSE, ..."),
            ("bdist_pacman", "bdist_platform", "make a package of Arch Linux"),
            ("bdist_conda", "bdist_platform", "make a package of conda"),
            ("bdist_wininst", "bdist_platform", "make an installer for Windows (.exe)"),
            ("bdist_msi", "bdist_platform", "make a package of Windows Installer"),
            ("bdist_pkg", "bdist_platform", "make a package of macOS"),
            ("bdist_dumb", "bdist_platform", "archive the files at their places"),
            ("bdist_zipapp", "bdist_platform", "make one file that runs (.pyz)"),
            ("external", "external", "tell what is needed from outside Python"),
            ("hash", "hash", "print digests of archives"),
            ("pack", "pack", "pack a folder in wheel layout as a wheel"),
            ("unpack", "pack", "unpack a wheel into a folder"),
        ),
    ),
    (
        "Installation",
        (
            ("install", "install", "install distributions with what they require"),
            ("wheel", "wheel", "make wheels of requirements in a folder"),
            ("download", "download", "fetch what would be installed into a folder"),
            ("upgrade", "upgrade", "upgrade what is installed"),
            ("uninstall", "uninstall", "remove distributions"),
            ("lock", "lock", "write what is needed, file by file, to pylock.toml"),
            ("sync", "sync", "make an environment equal to a lock"),
            ("export", "export", "write a lock as requirements or bill of materials"),
            ("autoremove", "autoremove", "remove what nobody asked for or needs"),
            ("list", "list", "list what is installed"),
            ("show", "show", "show one installed distribution"),
            ("outdated", "outdated", "list what has a newer version"),
            ("tree", "tree", "show what needs what, as a tree or a picture"),
            ("why", "why", "tell why something is installed, by whom it is needed"),
            ("why-not", "why_not", "tell who forbids a version, and what would help"),
            ("freeze", "freeze", "list what is installed as requirements"),
            ("check", "check", "check an environment, or archives before publishing"),
            ("inspect", "inspect", "print all of it as pip's inspect report"),
            ("which-dist", "which_dist", "tell whose a file, module or command is"),
            ("verify", "verify", "compare installed files with their RECORD"),
            ("history", "history", "show what pysetup changed in an environment"),
            ("undo", "undo", "take back what pysetup changed"),
        ),
    ),
    (
        "Execution",
        (("run", "run", "run a command, or a script with what it needs"),),
    ),
    (
        "Index and publishing",
        (
            ("publish", "publish", "upload archives to an index"),
            ("index", "index", "serve an index; manage its users"),
        ),
    ),
    (
        "Tool",
        (
            ("config", "config", "show or change the configuration"),
            ("completion", "completion", "print what lets a shell complete words"),
            ("pip", "pip", "take pip's words, and answer in pip's shapes"),
            ("setup.py", "setup_py", "do what the commands of a setup.py did"),
            ("cache", "cache", "look at the cache, tidy or verify it"),
            (
                "explain",
                "explain",
                "explain an error code, or what an archive is made of",
            ),
            ("help", "help", "help on a command"),
        ),
    ),
)

MODULES = {name: module for _, rows in COMMANDS for name, module, _ in rows}
# Formats plug in: what ``bdist_<format>`` there is, only the plug-ins tell.
_PLUGGED, _PLUGGED_MODULE = "bdist_", "bdist_platform"


def is_command(name: str) -> bool:
    """Tell whether ``name`` is a command, or may be one that a plug-in brings."""
    return name in MODULES or name.startswith(_PLUGGED)


def module_of(name: str) -> str:
    """Return the module of a command below ``cli/commands``."""
    return MODULES.get(name, _PLUGGED_MODULE)


USAGE = "usage: pysetup [--json] COMMAND [OPTIONS] [ARGUMENTS]"


def help_text() -> str:
    """Return the map of all commands, by phase."""
    width = max(map(len, MODULES)) + 2
    lines = [
        "pysetup: one metadata document through the six phases of distribution",
        "",
        USAGE,
    ]
    for group, rows in COMMANDS:
        lines += ["", group]
        lines += [f"  {name:<{width}}{summary}" for name, _, summary in rows]
    lines += [
        "",
        "Options for every command",
        "  --json       print one JSON envelope on standard output",
        "  -q, -v       say less, say more",
        "  -h, --help   show this help, or that of a command",
        "  -V, --version",
        "",
    ]
    return "\n".join(lines)

"""Take pip's words: pysetup pip COMMAND is what pip COMMAND is.

The options are those of pip, and so are exit codes and what is printed by list, show,
freeze, check, inspect, hash, index versions, cache and config; what is done is done by
pysetup. See  pysetup pip COMMAND --help.
"""

from pysetup.cli.commands.pip.alias import options, parser_for, run

__all__ = ["options", "parser_for", "run"]

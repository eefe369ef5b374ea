"""Print what lets a shell complete the words of pysetup.

bash: eval "$(pysetup completion bash)"    zsh: eval "$(pysetup completion zsh)"
fish: pysetup completion fish | source     PowerShell: pysetup completion powershell
| Out-String | Invoke-Expression. The commands and their options are in the script:
completing starts no Python.
"""

import argparse
from collections.abc import Mapping

from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser, make_parser
from pysetup.cli.table import COMMANDS
from pysetup.workflows.context import Context

SHELLS = ("bash", "zsh", "fish", "powershell")
# It reads its words itself.
_NO_OPTIONS = ("setup.py",)


def options(parser: Parser) -> None:
    """Add the options of ``completion``."""
    parser.add_argument("shell", choices=SHELLS, metavar="|".join(SHELLS))


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Print the script."""
    del context
    script = completion_script(arguments.shell)
    return Outcome({"shell": arguments.shell, "script": script}, script)


def completion_script(shell: str) -> str:
    """Return the script for ``shell``."""
    words = _words()
    match shell:
        case "bash":
            return _bash(words)
        case "zsh":
            return f"autoload -U +X bashcompinit && bashcompinit\n{_bash(words)}"
        case "fish":
            return _fish(words)
        case _:
            return _powershell(words)


def _words() -> dict[str, list[str]]:
    """Return what may follow each command: its options, and its sub-commands."""
    found: dict[str, list[str]] = {}
    for _, rows in COMMANDS:
        for name, _, _ in rows:
            words: list[str] = []
            if name not in _NO_OPTIONS:
                for action in make_parser(name)._actions:  # noqa: SLF001 - argparse has no public way to it
                    words += [text for text in action.option_strings if text[1] == "-"]
                    if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the same
                        words += action.choices
            found[name] = sorted(words)
    return found


def _bash(words: Mapping[str, list[str]]) -> str:
    cases = "".join(
        f"    {name}) words='{' '.join(some)}' ;;\n" for name, some in words.items()
    )
    return f"""_pysetup() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" command= words= word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*) ;; *) command="$word"; break ;; esac
  done
  case "$command" in
    '') words='{" ".join(words)} --version --help' ;;
{cases}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _pysetup pysetup
"""


def _fish(words: Mapping[str, list[str]]) -> str:
    told = {name: summary for _, rows in COMMANDS for name, _, summary in rows}
    lines = []
    for name, some in words.items():
        summary = told[name].replace("'", "\\'")
        lines.append(
            f"complete -c pysetup -n __fish_use_subcommand -f -a {name} -d '{summary}'"
        )
        seen = f"'__fish_seen_subcommand_from {name}'"
        for word in some:
            kind = f"-l {word[2:]}" if word.startswith("--") else f"-a {word}"
            lines.append(f"complete -c pysetup -n {seen} {kind}")
    return "\n".join([*lines, ""])


def _powershell(words: Mapping[str, list[str]]) -> str:
    rows = "".join(
        f"  '{name}' = @({', '.join(repr(word) for word in some)})\n"
        for name, some in words.items()
    )
    return f"""$pysetupWords = @{{
{rows}}}
Register-ArgumentCompleter -Native -CommandName pysetup -ScriptBlock {{
  param($wordToComplete, $commandAst, $cursorPosition)
  $command = $commandAst.CommandElements | Select-Object -Skip 1 |
    ForEach-Object {{ "$_" }} | Where-Object {{ $pysetupWords.ContainsKey($_) }} |
    Select-Object -First 1
  $words = if ($command) {{ $pysetupWords[$command] }} else {{ $pysetupWords.Keys }}
  $words | Where-Object {{ $_ -like "$wordToComplete*" }} | Sort-Object |
    ForEach-Object {{ [System.Management.Automation.CompletionResult]::new($_) }}
}}
"""

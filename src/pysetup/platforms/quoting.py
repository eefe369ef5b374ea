"""Text made harmless inside recipes: shell, Nix, Ruby, YAML, Make.

A summary, a name, an address is somebody's text. In a recipe it must stay a text,
whatever it holds: quotes, ``$``, ``#{}``, ``''${``, ``${{ }}``, line breaks.
"""

import json
import re

# Control characters, separators of lines, and what turns the direction of writing.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SAFE_WORD = re.compile(r"[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*")
_RUBY_STARTS = re.compile(r"#(?=[{$@])")


def one_line(text: str) -> str:
    """Return ``text`` in one line: what is no visible sign becomes a space."""
    return " ".join(_CONTROL.sub(" ", text).split())


def shell_word(text: str) -> str:
    """Return ``text`` as one word of a POSIX shell that stands for itself."""
    if _SAFE_WORD.fullmatch(text):
        return text
    return "'" + text.replace("\0", "").replace("'", "'\\''") + "'"


def shell_string(text: str) -> str:
    """Return ``text`` as a string of a POSIX shell in double quotes, as ebuilds like.

    A line break in it becomes a space.
    """
    return '"' + re.sub(r'(["\\$`])', r"\\\1", one_line(text)) + '"'


def nix_string(text: str) -> str:
    """Return ``text`` as a string of the Nix language (in double quotes)."""
    plain = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("${", "\\${") + '"'


def ruby_string(text: str) -> str:
    """Return ``text`` as a string of Ruby (in double quotes, nothing interpolated)."""
    plain = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _RUBY_STARTS.sub(r"\\#", plain) + '"'


def yaml_string(text: str) -> str:
    """Return ``text`` as a string of YAML in which no template is expanded.

    conda's recipes expand ``${{ }}`` (and old ones ``{{ }}``) in every string; a
    template that gives the braces stands in their place.
    """
    plain = one_line(text)
    guarded = re.sub(
        r"\$\{\{|\{\{|\{%|\{#", lambda found: "${{ '" + found[0] + "' }}", plain
    )
    return json.dumps(guarded, ensure_ascii=False)


def make_value(text: str) -> str:
    """Return ``text`` as the value of a variable of a BSD makefile."""
    plain = one_line(text).replace("$", "$$").replace("#", "\\#")
    return plain.rstrip("\\")

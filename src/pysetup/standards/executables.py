"""Which files are programs: decided by content, so that no umask can change it."""

from pysetup.late import late_pattern

# "#![" begins a Rust source, not a script.
_SHEBANG = late_pattern(rb"#!(?!\[)")
_ELF = b"\x7fELF"
_MACH_O = (
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
)
_MACH_O_FAT = b"\xca\xfe\xba\xbe"
# A Java class has the same four bytes; its next four hold a version above 40, where
# a fat binary has the number of its architectures.
_MOST_ARCHITECTURES = 40

HEAD_SIZE = 8


def is_executable_content(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` (8 bytes or more) is a program.

    Programs are scripts with ``#!`` and ELF or Mach-O files.
    """
    if head.startswith(_MACH_O_FAT):
        return int.from_bytes(head[4:8], "big") < _MOST_ARCHITECTURES
    return bool(_SHEBANG.match(head)) or head.startswith((_ELF, *_MACH_O))

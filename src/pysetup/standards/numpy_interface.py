"""The C interface of NumPy that an extension was compiled for, from its texts.

The headers of NumPy put the import of the interface into each extension that uses it,
with its message for a wrong version, and with the module's place: NumPy 2 moved it.
"""

import mmap

FIRST, SECOND = "1", "2"
_MESSAGE = b"compiled against ABI version"
_MODULE_OF_2 = b"numpy._core._multiarray_umath"
_NUMPY = b"numpy"


def numpy_interface_of(content: bytes | mmap.mmap) -> str:
    """Return which interface machine code was compiled for, "" for none.

    ``SECOND`` runs with NumPy 1, too; ``FIRST`` with no other.
    """
    if content.find(_MESSAGE) < 0 or content.find(_NUMPY) < 0:
        return ""
    return FIRST if content.find(_MODULE_OF_2) < 0 else SECOND

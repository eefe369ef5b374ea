"""``subprocess``, loaded when the first child is started: most commands start none."""

from pysetup.late import LateModule

subprocess = LateModule("subprocess")

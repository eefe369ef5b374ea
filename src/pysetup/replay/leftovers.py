"""Removing what a stage keeps of old folders, where it is known what they hold.

Removing is a system call for each file; of many, half is done by a second process.
"""

import os

# A folder to remove, and the files that are in it.
Leftover = tuple[str, list[bytes]]

# For fewer files than this, a second process costs more than it saves.
_WORTH_A_PROCESS = 4000
_GONE, _GO_ON = b"+", b"+"


class Leftovers:
    """Folders that go in two steps: those with ``bytecode`` alone, then the others.

    Each list has the deepest first. What cannot be removed is left: who removes the
    tree will see it. ``close`` must be called at the end.
    """

    __slots__ = ("_answer", "_bytecode", "_child", "_go_on", "_others")

    def __init__(self, bytecode: list[Leftover], others: list[Leftover]) -> None:
        self._bytecode = bytecode
        self._others = others
        self._child = 0
        self._answer = self._go_on = -1

    def remove_bytecode(self) -> bool:
        """Remove the bytecode; tell whether all of it is gone."""
        if _count(self._bytecode) + _count(self._others) >= _WORTH_A_PROCESS:
            self._share()
        gone = _remove_all(self._bytecode)
        return (not self._child or os.read(self._answer, 1) == _GONE) and gone

    def remove_others(self) -> bool:
        """Remove the others after that; tell whether all is gone."""
        if self._child:
            os.write(self._go_on, _GO_ON)
        gone = _remove_all(self._others)
        return self.close() and gone

    def close(self) -> bool:
        """End the second process, which removes no more unless it was told to go on.

        Tells whether it removed all of its own.
        """
        if not self._child:
            return True
        os.close(self._go_on)
        os.close(self._answer)
        child, self._child = self._child, 0
        return os.waitpid(child, 0)[1] == 0

    def _share(self) -> None:
        """Let a second process do half of each list."""
        bytecode, self._bytecode = _halves(self._bytecode)
        others, self._others = _halves(self._others)
        self._answer, answer = os.pipe()
        go_on, self._go_on = os.pipe()
        self._child = os.fork()
        if not self._child:
            code = 1
            try:
                os.close(self._go_on)  # else the end of the other would not be seen
                if _remove_all(bytecode):
                    os.write(answer, _GONE)
                os.close(answer)
                if os.read(go_on, 1) == _GO_ON and _remove_all(others):
                    code = 0
            finally:
                os._exit(code)
        os.close(answer)
        os.close(go_on)


def _count(folders: list[Leftover]) -> int:
    return sum([len(names) for _, names in folders])


def _halves(folders: list[Leftover]) -> tuple[list[Leftover], list[Leftover]]:
    """Cut ``folders`` in two of about as many files."""
    half, cut, count = 0, 0, _count(folders)
    while half < count / 2:
        half += len(folders[cut][1])
        cut += 1
    return folders[:cut], folders[cut:]


def _remove_all(folders: list[Leftover]) -> bool:
    unlink, chdir, rmdir = os.unlink, os.chdir, os.rmdir
    gone = True
    for folder, names in folders:
        try:
            chdir(folder)
            for name in names:
                unlink(name)
            rmdir(folder)
        except OSError:
            gone = False
    return gone

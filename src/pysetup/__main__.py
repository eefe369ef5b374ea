"""``python -m pysetup`` and the console command."""

import gc
import os
import sys
import time

# Commands that may be answered from memory.
_REPLAYED = ("install", "uninstall", "venv", "lock", "sync")
# How many new objects make Python look for garbage; by itself it is 700.
_OBJECTS = 50_000
# Exit codes above this one: a signal has ended the command.
_SIGNALLED = 128


def run() -> None:
    """Run the command line of this process and leave with its exit code."""
    question: object = None
    if sys.argv[1:2] and sys.argv[1] in _REPLAYED:
        code, question = _answered()
        if code is not None:
            # Nothing is left to tidy up, and the interpreter's own end takes a while.
            os._exit(code)
    # A command ends before much could be collected, and looking for it takes a tenth.
    gc.set_threshold(_OBJECTS, 20, 20)
    if "site" not in sys.modules:
        _finish_start()
    from pysetup.cli.main import main

    code = main(sys.argv[1:], question=question)
    if code > _SIGNALLED:
        # Threads may still wait for an index, and nobody for them any more.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    # At its end the interpreter looks for garbage three times: there is no use in it.
    gc.freeze()
    sys.exit(code)


def _answered() -> tuple[int | None, object]:
    """Try the short way; return the exit code, or None and what to remember."""
    from pysetup.replay.command import answer

    try:
        # This is the door: what the house may know of the process is read here.
        return answer(
            sys.argv[1:],
            dict(os.environ),  # noqa: TID251 - the door
            cwd=os.getcwd(),  # noqa: TID251 - the door
            now=time.time(),  # noqa: TID251 - the door
        )
    except Exception:  # noqa: BLE001 - whatever goes wrong here, the long way tells it
        return None, None


def _finish_start() -> None:
    """Do what the launcher left out of Python's start (``-S``) to be quick."""
    import site

    # Modules of the standard library come first again.
    sys.path.append(sys.path.pop(0))
    site.main()


if __name__ == "__main__":
    run()

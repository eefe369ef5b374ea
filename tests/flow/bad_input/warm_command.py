"""Runs command lines of pysetup one by one, each in a fork of a warm interpreter.

Reads one JSON object a line (words, cwd, env, out, err, seconds) and answers each with
one (code, seconds, kilobytes); ``code`` is null for a run that had to be killed. The
mode bits of files count here for root, too.
"""

import ctypes
import json
import os
import pkgutil
import signal
import sys
import time
from importlib import import_module
from typing import Any

# CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER: out of the bounding set
# (prctl 24), and so gone with the next exec.
_CAPABILITIES = (1, 2, 3)
_MEMORY = 2 << 30


def _as_anybody() -> None:
    if sys.platform == "linux" and os.getuid() == 0 and "--anybody" not in sys.argv:
        for capability in _CAPABILITIES:
            if ctypes.CDLL(None).prctl(24, capability, 0, 0, 0):
                break
        words = [sys.executable, __file__, "--anybody"]
        os.execv(sys.executable, words)


def _warm() -> None:
    commands = import_module("pysetup.cli.commands")
    for module in pkgutil.iter_modules(commands.__path__):
        import_module(f"pysetup.cli.commands.{module.name}")
    import_module("pyproject_hooks")
    import_module("pysetup.edges.connections")


def _child(asked: dict[str, Any]) -> None:
    import resource

    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for descriptor, name in ((1, "out"), (2, "err")):
        stream = os.open(asked[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(stream, descriptor)
        os.close(stream)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    words = [
        word.encode("latin-1").decode("utf-8", "surrogateescape")
        for word in asked["words"]
    ]
    from pysetup.cli.main import main

    code = main(words)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _serve(asked: dict[str, Any]) -> dict[str, Any]:
    started = time.monotonic()
    child = os.fork()
    if not child:
        try:
            _child(asked)
        except BaseException:  # noqa: BLE001 - what main lets through is the finding
            sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
            os._exit(99)
    killed = False
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            break
        if not killed and time.monotonic() - started > asked["seconds"]:
            killed = True
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.002)
    code = None if killed else os.waitstatus_to_exitcode(status)
    taken = time.monotonic() - started
    return {"code": code, "seconds": taken, "kilobytes": usage.ru_maxrss}


def main() -> None:
    """Answer requests until there are no more."""
    _as_anybody()
    _warm()
    answers = os.dup(1)
    for line in sys.stdin:
        text = json.dumps(_serve(json.loads(line))) + "\n"
        os.write(answers, text.encode())


if __name__ == "__main__":
    main()

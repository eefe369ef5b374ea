"""The child in which a project's own build hook runs; imports nothing of pysetup.

``python child.py REQUEST ANSWER``: REQUEST is a JSON file with ``hook``
("module:function"), ``path`` (folders to import it from) and ``arguments``; ANSWER is
written as ``{"result": <what the hook returned>}``. Whatever the hook prints is its
own and never part of the answer. Runs on any Python 3.8 or later.
"""

import sys

# The script's own folder must not hide modules of the project.
del sys.path[0]

import json  # noqa: E402 - only now the path is right
import traceback  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402


def main(request_path: str, answer_path: str) -> int:
    """Call the hook; return the exit code."""
    with open(request_path, encoding="utf-8") as stream:
        request = json.load(stream)
    sys.path[:0] = request["path"]
    module, _, attribute = request["hook"].partition(":")
    try:
        hook: Any = import_module(module)
        for name in attribute.split("."):
            hook = getattr(hook, name)
        result = hook(*request["arguments"])
    except Exception:  # noqa: BLE001 - told to the parent by text and exit code
        traceback.print_exc()
        return 1
    answer = {"result": str(result) if hasattr(result, "__fspath__") else result}
    try:
        text = json.dumps(answer)
    except (TypeError, ValueError):
        text = json.dumps({"result": None})
    with open(answer_path, "w", encoding="utf-8") as stream:
        stream.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

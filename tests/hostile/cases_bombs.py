"""Archives that unpack to far more than they are."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

SECTION = "Bombs"
_MIB = 1 << 20


def zeros(mib: int, name: str = "demo/zeros") -> Callable[[Any], bytes]:
    return lambda w: w.wheel({name: bytes(mib * _MIB)})


def in_pieces(w: Any) -> bytes:
    """Many members, each below the limit."""
    piece = bytes(10 * _MIB)
    return bytes(w.wheel({f"demo/{n}": piece for n in range(60)}))


def hidden_size(w: Any) -> bytes:
    """Say 10 bytes, and inflate to 200 MiB."""
    members = w.members({"demo/zeros": bytes(200 * _MIB)})
    lie = {"size": 10}
    return bytes(
        w.zip.zipped(
            [
                replace(m, local=lie, central=lie) if m.name == b"demo/zeros" else m
                for m in members
            ]
        )
    )


def ratio(mib: int, times: int) -> Callable[[Any], bytes]:
    """Unpack to ``mib`` MiB, which is about ``times`` as much as it is packed."""

    def make(w: Any) -> bytes:
        noise = os.urandom(mib * _MIB // times)
        return bytes(w.wheel({"demo/mixed": noise + bytes(mib * _MIB - len(noise))}))

    return make


def total_of(size: int) -> Callable[[Any], bytes]:
    """Say that a member has ``size`` bytes."""

    def make(w: Any) -> bytes:
        wide_local = w.zip.wide(size, 12)
        wide_central = w.zip.wide(size)
        return bytes(
            w.lying(
                local={
                    "size": 0xFFFFFFFF,
                    "compressed": 0xFFFFFFFF,
                    "extra": wide_local,
                },
                central={"size": 0xFFFFFFFF, "extra": wide_central},
            )
        )

    return make


CASES: dict[str, Callable[[Any], bytes]] = {
    "65 MiB of nothing": zeros(65),
    "600 MiB from 0.6 MiB": zeros(600),
    "600 MiB in 60 files": in_pieces,
    "200 MiB that say they are 10 bytes": hidden_size,
    "70 MiB, 60 times its packed size": ratio(70, 60),
    "70 MiB, 40 times its packed size": ratio(70, 40),
    "a size of 2^62 bytes": total_of(1 << 62),
    "a bomb for METADATA": zeros(100, "demo-1.0.dist-info/METADATA"),
    "a METADATA of 60 MiB": zeros(60, "demo-1.0.dist-info/METADATA"),
    "a WHEEL of 60 MiB": zeros(60, "demo-1.0.dist-info/WHEEL"),
    "entry points of 60 MiB": zeros(60, "demo-1.0.dist-info/entry_points.txt"),
    "a pydist.json of 60 MiB": zeros(60, "demo-1.0.dist-info/pydist.json"),
    "a RECORD of 60 MiB": lambda w: w.wheel(record=lambda _: b"x" * (60 * _MIB)),
    "a RECORD of a million rows": lambda w: w.wheel(record=lambda text: text + b"".join(b"demo/%d,,\n" % n for n in range(1_000_000))),
    "a script of 60 MiB": lambda w: w.wheel({f"{w.data}/scripts/demo-run": b"#!python\n" + bytes(60 * _MIB)}),
    "a .pth file of 60 MiB": lambda w: w.wheel({"demo.pth": b"\n" * (60 * _MIB)}),
}  # fmt: skip
# Made, read or written in seconds.
SLOW = {*CASES} - {"65 MiB of nothing", "a size of 2^62 bytes", "a WHEEL of 60 MiB"}

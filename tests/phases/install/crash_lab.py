"""A laboratory: the same change, killed or failed at every step, in forked children.

Started as ``crash_lab.py FOLDER SCENARIO MODE [LINK-MODE]`` with an empty folder;
prints one JSON object.  The environment is a real one, so that in ``start`` modes its
own interpreter is started after each kill.  With a link mode the wheels come from a
store.  It is a program of its own because a process with threads, as a test runner is,
must not fork.
"""

import codecs
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from pysetup import late
from pysetup.edges.files import LocalFiles
from pysetup.edges.signals import SignalGate
from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment, Scheme
from pysetup.interchange.wheel_file import WheelFile, open_wheel
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.apply import Means, apply
from pysetup.phases.install.bytecode import Module, compile_here
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.plan import plan_install
from pysetup.phases.install.recovery import recover
from pysetup.phases.install.remove import plan_remove
from pysetup.phases.install.transaction import plan_transaction
from pysetup.standards.hashes import Hash
from pysetup.store.upkeep import unpacked_wheels
from pysetup.store.wheels import WheelStore, damaged_files

# What a program can see: modules, their contents, versions, what .pth files brought.
PROGRAM = """
import importlib, importlib.metadata as m, json, sys
seen = {}
for name in ("demo", "demo.old", "demo.new", "ns.demo", "ns.o", "other", "third"):
    try:
        module = importlib.import_module(name)
        values = vars(module).items()
        seen[name] = {k: v for k, v in values if isinstance(v, int) and k[0] != "_"}
    except ImportError:
        seen[name] = None
seen["installed"] = sorted((d.name, d.version, len(d.files)) for d in m.distributions())
seen["path files"] = [getattr(sys, name, None) for name in ("early", "late")]
seen["paths"] = sorted(p for p in sys.path if "added" in p)
print(json.dumps(seen))
"""


class SteppedFiles(LocalFiles):
    """Counts the steps that change something, and calls ``event`` at one of them.

    With ``full`` every later step that needs room calls it as well.
    """

    def __init__(
        self,
        at: int = 0,
        event: Callable[[str], None] | None = None,
        *,
        exchange: bool = True,
        full: bool = False,
        ordered: bool = False,
    ) -> None:
        self._ordered = ordered
        self.steps = 0
        self.last = ""
        self._at = at
        self._event = event
        self._exchange = exchange
        self._full = full

    def _step(self, name: str, path: str) -> None:
        self.steps += 1
        self.last = f"{name} {path}"
        later = self._full and name.startswith(("write", "make"))
        if self._event and (
            self.steps == self._at or (later and self.steps > self._at)
        ):
            self._event(f"{name} {path}")

    def make_folders(self, path: str) -> None:
        self._step("make_folders", path)
        super().make_folders(path)

    def write(self, path: str, chunks: Iterable[bytes], *, executable: bool) -> None:
        content = b"".join(chunks)
        half = len(content) // 2

        def torn() -> Iterable[bytes]:
            yield content[:half]
            self._step("write", path)
            yield content[half:]

        super().write(path, torn(), executable=executable)

    def hard_link(self, path: str, source: str) -> None:
        self._step("hard_link", path)
        super().hard_link(path, source)

    def hard_links(
        self, names: Iterable[tuple[str, str]], *, into: str, out_of: str
    ) -> Iterator[None]:
        def stepped() -> Iterator[tuple[str, str]]:
            for name, source in names:
                self._step("hard_link", name)
                yield name, source

        yield from super().hard_links(stepped(), into=into, out_of=out_of)

    def clone(self, path: str, source: str, *, executable: bool) -> None:
        self._step("clone", path)
        super().clone(path, source, executable=executable)

    def copy(self, path: str, source: str, *, executable: bool) -> None:
        self._step("write a copy", path)
        super().copy(path, source, executable=executable)

    def write_durably(self, path: str, content: bytes) -> None:
        self._step("write_durably", path)
        Path(path + ".new").write_bytes(content[: len(content) // 2])
        self._step("write_durably, half", path)
        Path(path + ".new").write_bytes(content)
        self._step("write_durably, before the rename", path)
        os.rename(path + ".new", path)
        self._step("write_durably, after the rename", path)

    def rename(self, source: str, target: str) -> None:
        self._step("rename", target)
        super().rename(source, target)

    def exchange(self, first: str, second: str) -> bool:
        if not self._exchange:
            return False
        self._step("exchange", second)
        return super().exchange(first, second)

    def unlink(self, path: str) -> None:
        self._step("unlink", path)
        super().unlink(path)

    def rmdir(self, path: str) -> None:
        self._step("rmdir", path)
        super().rmdir(path)

    def remove_tree(self, path: str) -> None:
        self._step("remove_tree", path)
        for name in sorted(os.listdir(path))[:1] if os.path.isdir(path) else []:
            inner = os.path.join(path, name)
            shutil.rmtree(inner) if os.path.isdir(inner) else os.unlink(inner)
        self._step("remove_tree, half", path)
        super().remove_tree(path)

    def flush(self, folder: str) -> None:
        self._step("flush", folder)

    def flush_names(self, folder: str) -> None:
        self._step("flush_names", folder)

    def keeps_order(self, folder: str) -> bool:
        return self._ordered and folder != ""


def make_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    info = f"{name}-{version}.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": "Metadata-Version: 2.1\n"
        f"Name: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: lab\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    record = f"{info}/RECORD,,\n"
    for member, text in contents.items():
        digest = urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")
        record += f"{member},sha256={digest},{len(text.encode())}\n"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in {**contents, f"{info}/RECORD": record}.items():
            archive.writestr(member, text)
    return path


class Site:
    def __init__(self, database: InstalledDatabase) -> None:
        self.database = database

    def owners(self, path: str) -> tuple[str, ...]:
        return self.database.owners(path)

    def kind(self, path: str) -> str:
        if not os.path.lexists(path):
            return ""
        return "folder" if os.path.isdir(path) else "file"

    def has_content(self, path: str, expected: Hash) -> bool:
        return Hash.of_file(path) == expected


class Lab:
    """One scenario: an environment before it, and a change."""

    def __init__(
        self, folder: Path, wheels: list[Path], remove: list[str], link_mode: str = ""
    ) -> None:
        self.link_mode = link_mode
        self.system = "false"
        self.store = WheelStore(folder / "store")
        self.template = folder / "before"
        self.prefix = folder / "env"
        self.wheels = wheels
        self.remove = remove

    @property
    def site(self) -> Path:
        series = "python{}.{}".format(*sys.version_info)
        return self.prefix / "lib" / series / "site-packages"

    @property
    def state(self) -> Path:
        return self.prefix / ".pysetup"

    @property
    def environment(self) -> Environment:
        version = "{}.{}.{}".format(*sys.version_info)
        return Environment(
            prefix=str(self.prefix),
            executable=str(self.prefix / "bin/python"),
            version=version,
            scheme=Scheme(
                purelib=str(self.site),
                platlib=str(self.site),
                scripts=str(self.prefix / "bin"),
                data=str(self.prefix),
                headers=str(self.prefix / "include"),
            ),
            markers={"python_full_version": version},
            tags=("py3-none-any",),
            paths=(str(self.site),),
            externally_managed=None,
            virtual=True,
        )

    def reset(self) -> None:
        shutil.rmtree(self.prefix, ignore_errors=True)
        if self.template.exists():
            shutil.copytree(self.template, self.prefix, symlinks=True)
        else:
            (self.prefix / "bin").mkdir(parents=True)
            self.site.mkdir(parents=True)
            home = os.path.dirname(os.path.realpath(sys.executable))
            (self.prefix / "bin/python").symlink_to(os.path.realpath(sys.executable))
            (self.prefix / "pyvenv.cfg").write_text(
                f"home = {home}\ninclude-system-site-packages = {self.system}\n"
            )

    def change(self, files: LocalFiles, commit_begins: Callable[[], None]) -> None:
        database = InstalledDatabase(self.environment.paths)
        root = self.state
        root.mkdir(exist_ok=True)
        with ExitStack() as stack:
            opened = [
                self.source(stack.enter_context(open_wheel(path)))
                for path in self.wheels
            ]
            installs = [
                plan_install(wheel, self.environment, requested=True)
                for wheel in opened
            ]
            replaced = {file.path for plan in installs for file in plan.files}
            names = [*(plan.name for plan in installs), *self.remove]
            removals = [
                plan_remove(
                    found,
                    database=database,
                    environment=self.environment,
                    replaced=replaced,
                )
                for name in names
                for found in database.copies(name, within=self.environment.paths)
            ]
            plan = plan_transaction(
                installs, removals, environment=self.environment, site=Site(database)
            )
            means = Means(
                root=str(root),
                name="lab",
                wheels={wheel.filename.filename: wheel for wheel in opened},
                files=files,
                compile_modules=compile_here,
                commit_begins=commit_begins,
                link_mode=self.link_mode or "auto",  # type: ignore[arg-type] # a word
            )
            apply(plan, self.environment, means)

    def source(self, wheel: WheelFile) -> WheelSource:
        """Return the wheel, from the store with its bytecode if there is a mode."""
        if not self.link_mode:
            return wheel
        stored = self.store.get(wheel.digest(), wheel.filename.filename)
        stored = stored or self.store.put(wheel, wheel.digest())
        assert stored is not None
        found = self.store.bytecode(stored, "kind")
        if found is None:
            with self.store.bytecode_arrival() as arrival:
                assert arrival is not None
                modules = [
                    Module(
                        stored.place(path),
                        path,
                        os.path.join(arrival, os.path.dirname(path), "__pycache__"),
                    )
                    for path in stored.modules()
                ]
                compile_here(modules, stage=arrival, files=LocalFiles())
                found = self.store.keep_bytecode(stored, "kind", arrival)
        assert found is not None
        return found

    def tidy(self) -> None:
        if self.state.exists() and not any(self.state.iterdir()):
            self.state.rmdir()

    def recover(self, files: LocalFiles) -> None:
        if self.state.exists():
            recover(str(self.state), files=files, sites=[str(self.site)])
            self.tidy()

    def start(self) -> dict[str, Any]:
        """Start the environment's interpreter as any program would; say what it has."""
        command = [str(self.prefix / "bin/python"), "-c", PROGRAM]
        done = subprocess.run(command, capture_output=True, check=False)
        seen: dict[str, Any] = {
            "out": done.stdout.decode(),
            "err": done.stderr.decode(),
        }
        return seen

    def picture(self, below: Path | None = None) -> dict[str, str]:
        """Contents by path; bytecode only by name, since it holds times."""
        found: dict[str, str] = {}
        top = below or self.prefix
        for parent, folders, names in os.walk(top):
            for name in names:
                path = Path(parent, name)
                if path.is_symlink():
                    text = os.readlink(path)
                else:
                    text = "" if ".pyc" in name else path.read_bytes().decode("latin-1")
                found[os.path.relpath(path, top)] = text
            if not folders and not names:
                found[os.path.relpath(parent, top) + "/"] = ""
        return found


def forked(act: Callable[[], None]) -> int:
    """Run ``act`` in a child; return its wait status as an exit code or -signal."""
    child = os.fork()
    if child == 0:
        try:
            act()
        except PysetupError as error:
            os._exit(error.exit_code)
        except KeyboardInterrupt:
            os._exit(130)
        except BaseException as error:  # noqa: BLE001 - told to the test as a code
            sys.stderr.write(f"{error!r}\n")
            os._exit(99)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def explore(lab: Lab, *, exchange: bool, package: str) -> dict[str, Any]:
    """Kill at every step, look, recover, look again; kill the recovery as well."""
    lab.reset()
    old = lab.picture()
    old_package = lab.picture(lab.site / package)
    counter = SteppedFiles(exchange=exchange)
    lab.change(counter, lambda: None)
    lab.tidy()
    new = lab.picture()
    new_package = lab.picture(lab.site / package)
    outcomes: dict[str, int] = {"OLD": 0, "NEW": 0}
    faults: list[str] = []
    torn = 0
    for at in range(1, counter.steps + 1):
        lab.reset()
        code = forked(
            lambda: lab.change(
                SteppedFiles(at, kill, exchange=exchange),  # noqa: B023
                lambda: None,
            )
        )
        if code != -signal.SIGKILL:
            faults.append(f"step {at}: ended with {code}")
        if lab.picture(lab.site / package) not in (old_package, new_package):
            torn += 1
        # The recovery is killed too, at one step after the other, until it is through.
        for again in range(1, 1000):
            files = SteppedFiles(again, kill, exchange=exchange)
            if forked(lambda: lab.recover(files)) == 0:  # noqa: B023
                break
        found = lab.picture()
        if found == old:
            outcomes["OLD"] += 1
        elif found == new:
            outcomes["NEW"] += 1
        else:
            different = sorted(set(found.items()) ^ set(new.items()))
            faults.append(f"step {at}: {different[:4]}")
        if not lab.remove:
            lab.change(SteppedFiles(), lambda: None)
            lab.tidy()
        if not lab.remove and lab.picture() != new:
            faults.append(f"step {at}: a repeat does not give NEW")
    return {"steps": counter.steps, "torn": torn, "faults": faults, **outcomes}


def start(lab: Lab, *, exchange: bool) -> dict[str, Any]:
    """Kill at every step, and start the environment's Python: it sees OLD or NEW."""
    lab.reset()
    old_seen, old = lab.start(), lab.picture()
    counter = SteppedFiles(exchange=exchange)
    lab.change(counter, lambda: None)
    lab.tidy()
    new_seen, new = lab.start(), lab.picture()
    faults: list[str] = []
    outcomes: dict[str, int] = {"OLD": 0, "NEW": 0}
    for at in range(1, counter.steps + 1):
        lab.reset()
        files = SteppedFiles(at, kill, exchange=exchange)
        forked(lambda: lab.change(files, lambda: None))  # noqa: B023
        hooked = any(lab.site.glob("*recover.pth"))
        seen = lab.start()
        if not hooked and not (lab.state / "journal.json").exists():
            # Nothing was to be done; the stage is left to the next command.
            shutil.rmtree(lab.state, ignore_errors=True)
        lab.tidy()
        found = lab.picture()
        if (seen, found) == (old_seen, old):
            outcomes["OLD"] += 1
        elif (seen, found) == (new_seen, new):
            outcomes["NEW"] += 1
        else:
            different = sorted(set(found.items()) ^ set(new.items()))
            faults.append(f"step {at} {files.last}: {seen} {different[:4]}")
    return {"steps": counter.steps, "faults": faults, "seen": [old_seen, new_seen]} | (
        outcomes
    )


def fail(lab: Lab, number: int, *, full: bool = False) -> dict[str, Any]:
    """Let every step fail in turn; it is OLD, or NEW when nothing else was possible."""
    lab.reset()
    old = lab.picture()
    counter = SteppedFiles()
    commit: list[int] = []
    lab.change(counter, lambda: commit.append(counter.steps))
    lab.tidy()
    new = lab.picture()
    faults: list[str] = []
    codes: set[str] = set()

    def event(what: str) -> None:
        raise OSError(number, os.strerror(number), what)

    for at in range(1, counter.steps + 1):
        lab.reset()
        code = ""
        try:
            lab.change(SteppedFiles(at, event, full=full), lambda: None)
        except PysetupError as error:
            code = error.code
            codes.add(error.code)
            if error.exit_code != 7 or not error.hints:
                faults.append(f"step {at}: {error.code}")
        lab.tidy()
        # A stage that could not be removed is no fault, if the next command removes it.
        litter = lab.state
        seen = None if litter.exists() and not code else lab.picture()
        if seen and code != "PS7314" and seen != (old if code else new):
            faults.append(f"step {at}: {code or 'no error'}, and another state")
        lab.recover(SteppedFiles())
        lab.tidy()
        found = lab.picture()
        # Before the commit only a link that was replaced by a copy may go on to NEW.
        if found != old and (found != new or (code and at <= commit[0])):
            faults.append(f"step {at}: neither OLD nor NEW")
    return {"steps": counter.steps, "faults": faults, "codes": sorted(codes)}


def interrupt(lab: Lab, number: int) -> dict[str, Any]:
    """Send a signal at every step: OLD without litter before the commit, then NEW."""
    lab.reset()
    old = lab.picture()
    counter = SteppedFiles()
    commit: list[int] = []
    lab.change(counter, lambda: commit.append(counter.steps))
    lab.tidy()
    new = lab.picture()
    faults: list[str] = []
    codes: set[int] = set()
    for at in range(1, counter.steps + 1):
        lab.reset()

        def act() -> None:
            gate = SignalGate()
            with gate:
                files = SteppedFiles(
                    at,  # noqa: B023
                    lambda _: os.kill(os.getpid(), number),
                    exchange=True,
                )
                lab.change(files, gate.close)

        codes.add(forked(act))
        lab.tidy()
        expected = old if at <= commit[0] else new
        if lab.picture() != expected:
            faults.append(f"step {at} of {counter.steps}, commit at {commit[0]}")
    return {"steps": counter.steps, "faults": faults, "codes": sorted(codes)}


def unprivileged(lab: Lab) -> dict[str, Any]:
    """Change an environment that belongs to somebody else."""
    lab.reset()
    old = lab.picture()

    # The standard library may be out of reach afterwards.
    codecs.lookup("utf-8-sig")
    for name, module in vars(late).items():
        if isinstance(module, late.LateModule):
            import_module(name)

    def act() -> None:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        lab.change(SteppedFiles(), lambda: None)

    lab.state.mkdir(mode=0o777)
    lab.state.chmod(0o777)
    code = forked(act)
    shutil.rmtree(lab.state)
    return {"code": code, "same": lab.picture() == old}


def main() -> None:
    folder, scenario, mode = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    link_mode = sys.argv[4] if len(sys.argv) > 4 else ""
    old = {
        "demo/__init__.py": "version = 1\n",
        "demo/old.py": "a = 1\n",
        # Files that run code when Python starts: they must see the one state, too.
        "a_early.pth": "import sys, demo; sys.early = demo.version\n",
        "z_late.pth": "import sys, demo; sys.late = demo.version\nadded-1\n",
        "added-1/x": "",
    }
    new = {
        "demo/__init__.py": "version = 2\n",
        "demo/new.py": "b = 1\n",
        "a_early.pth": "import sys, demo; sys.early = demo.version + 0\n",
        "b_new.pth": "added-2\n",
        "added-2/x": "",
    }
    space = {"ns/demo.py": "x = 1\n", "demo-1.0.data/data/share/demo/x": "1"}
    more = {"ns/demo.py": "x = 2\n", "demo-2.0.data/data/share/demo/y": "2"}
    first = make_wheel(folder, "demo", "1.0", {**old, **space})
    second = make_wheel(folder, "demo", "2.0", {**new, **more})
    other = make_wheel(folder, "other", "1.0", {"other.py": "o = 1\n", "ns/o.py": ""})
    third = make_wheel(folder, "third", "1.0", {"third/__init__.py": "t = 1\n"})
    before: dict[str, list[Path]] = {
        "install": [],
        "upgrade": [first, other],
        "uninstall": [first, other],
        "set": [first, other],
    }
    change: dict[str, tuple[list[Path], list[str]]] = {
        "install": ([first], []),
        "upgrade": ([second], []),
        "uninstall": ([], ["demo"]),
        "set": ([second, third], ["other"]),
    }
    setup = Lab(folder, before[scenario], [], link_mode)
    setup.reset()
    if before[scenario]:
        setup.change(SteppedFiles(), lambda: None)
        setup.tidy()
    os.rename(setup.prefix, setup.template)
    lab = Lab(folder, *change[scenario], link_mode)
    modes: dict[str, Callable[[], dict[str, Any]]] = {
        "kill": lambda: explore(lab, exchange=True, package="demo"),
        "kill-without-exchange": lambda: explore(lab, exchange=False, package="demo"),
        "start": lambda: start(lab, exchange=True),
        "start-without-exchange": lambda: start(lab, exchange=False),
        "full": lambda: fail(lab, errno.ENOSPC, full=True),
        "io-error": lambda: fail(lab, errno.EIO),
        "read-only": lambda: fail(lab, errno.EROFS),
        "layers": lambda: fail(lab, errno.EXDEV),
        "int": lambda: interrupt(lab, signal.SIGINT),
        "term": lambda: interrupt(lab, signal.SIGTERM),
        "unprivileged": lambda: unprivileged(lab),
    }
    seen = modes[mode]()
    for kept in unpacked_wheels(lab.store.wheels):
        for path in damaged_files(kept.path, kept.key) or ():
            seen["faults"].append(f"the store was changed: {path}")
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()

"""Rules for compiled modules and libraries: the tags tell the truth about them."""

from collections.abc import Iterator

from pysetup.interchange.findings import ArchiveFinding
from pysetup.interchange.wheel_contents import Content, WheelContents
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.phases.bdist.rules import finding
from pysetup.standards.module_tags import (
    ModuleTag,
    is_library,
    module_tag,
    platform_machines,
)
from pysetup.standards.tags import Tag, parse_tag


def check_binaries(
    contents: WheelContents, info: WheelInfo
) -> Iterator[ArchiveFinding]:
    """Yield where tags, Root-Is-Purelib and machine code contradict each other."""
    tags = _tags(contents, info)
    if not tags:
        return
    modules = {
        path: (content, tag)
        for path, content in contents.files.items()
        if (tag := _module(path, content)) is not None
    }
    machine_code = {
        path: content
        for path, content in contents.files.items()
        if content.binary is not None and path not in modules
    }
    platforms = sorted({tag.platform for tag in tags})
    if "any" in platforms:
        yield from _check_pure(modules, machine_code)
        return
    if info.root_is_purelib:
        for path in modules:
            if ".data/platlib/" not in path:
                message = "Root-Is-Purelib is true, but it is compiled"
                yield finding("purelib-with-module", message, path)
    if not modules and not machine_code:
        message = f"nothing in it is made for {', '.join(platforms)}"
        yield finding("nothing-compiled", message)
    for platform in platforms:
        if platform.startswith("linux_"):
            message = f"{platform} names no minimum of the system's libraries"
            yield finding("linux-tag", message)
    yield from _check_abi(modules, tags)
    yield from _check_machines(modules, machine_code, platforms)


def _tags(contents: WheelContents, info: WheelInfo) -> frozenset[Tag]:
    if contents.filename is not None:
        return contents.filename.tags
    try:
        return frozenset(tag for text in info.tags for tag in parse_tag(text))
    except ValueError:
        return frozenset()  # told as malformed


def _module(path: str, content: Content) -> ModuleTag | None:
    """Return the tag of a compiled module; by its name alone ``x.so`` is none yet."""
    tag = module_tag(path)
    if tag is None or tag.abi or content.exports_module:
        return tag if content.binary is not None else None
    return None


def _check_pure(
    modules: dict[str, tuple[Content, ModuleTag]], machine_code: dict[str, Content]
) -> Iterator[ArchiveFinding]:
    for path in modules:
        message = "the wheel is for any platform, but this module is compiled"
        yield finding("module-in-pure", message, path)
    for path, content in machine_code.items():
        if content.binary is not None:
            what = " ".join((content.binary.format, *content.binary.machines))
            message = f"the wheel is for any platform, but this is {what} code"
            yield finding("binary-in-pure", message, path)


def _check_abi(
    modules: dict[str, tuple[Content, ModuleTag]], tags: frozenset[Tag]
) -> Iterator[ArchiveFinding]:
    abis, pythons = {tag.abi for tag in tags}, {tag.interpreter for tag in tags}
    stable_only = all(abi.startswith("abi3") for abi in abis)
    for path, (_, tag) in modules.items():
        if not tag.abi:
            continue
        if tag.is_stable:
            if stable_only and tag.abi not in abis:
                message = (
                    f"its ABI is {tag.abi}, that of the wheel {'.'.join(sorted(abis))}"
                )
                yield finding("abi3-module", message, path)
        elif stable_only:
            message = f"the wheel claims the stable ABI, but this needs {tag.abi}"
            yield finding("abi3-module", message, path)
        elif tag.abi not in abis and "none" not in abis:
            message = f"it is for {tag.python} ({tag.abi}), which the tags leave out"
            yield finding("module-tag", message, path)
        elif "none" in abis and tag.python not in pythons:
            message = f"it is for {tag.python} alone, which the tags do not say"
            yield finding("module-tag", message, path)


def _check_machines(
    modules: dict[str, tuple[Content, ModuleTag]],
    machine_code: dict[str, Content],
    platforms: list[str],
) -> Iterator[ArchiveFinding]:
    promised = [found for one in platforms if (found := platform_machines(one))]
    if len(promised) != len(platforms):
        return  # a platform of which nothing is known here
    formats = {format_ for format_, _ in promised}
    wanted = frozenset(machine for _, machines in promised for machine in machines)
    told = ".".join(platforms)
    for path, (content, _) in modules.items():
        if reason := _misfit(content, formats, wanted):
            yield finding("machine", f"it is for {reason}, the wheel for {told}", path)
    for path, content in machine_code.items():
        if is_library(path) and (reason := _misfit(content, formats, wanted)):
            message = f"it is for {reason}, the wheel for {told}"
            yield finding("library-machine", message, path)


def _misfit(content: Content, formats: set[str], wanted: frozenset[str]) -> str:
    """Return what the code is for where that is not what the platforms promise."""
    binary = content.binary
    if binary is None or not binary.machines:
        return ""
    fits = binary.format in formats and wanted <= {*binary.machines}
    return "" if fits else f"{binary.format} {' '.join(binary.machines)}"

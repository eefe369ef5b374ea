"""What is promised of a file before it is fetched, and whether that is enough."""

from collections.abc import Sequence
from pathlib import Path

from pysetup.edges.urls import is_file_url, parse_url
from pysetup.edges.wire import HttpSettings
from pysetup.errors import IntegrityError, UsageError, redact
from pysetup.index.model import File
from pysetup.standards.hashes import Hash
from pysetup.workflows.context import Context


class HashRequiredError(UsageError):
    """Digests are required, but none is known for a file that is needed.

    With ``--require-hashes`` every requirement, also an indirect one, needs
    ``--hash=sha256:...`` in the requirements file; what an index page says is not
    enough. One such line is enough to require it of all; ``--no-require-hashes`` then
    checks those that are given alone.
    """

    code = "PS2204"

    def __init__(self, filename: str) -> None:
        super().__init__(
            f"no digest is given for {filename}, and --require-hashes asks for one",
            facts={"file": filename},
            hints=("add  --hash=sha256:...  to its line",),
        )


class WeakDigestError(IntegrityError):
    """An index or a URL promises a file by md5, sha1 or sha224 alone.

    Such a digest can be forged: another file may have the same. Use an index that
    gives SHA-256 digests, or give one yourself, with ``--hash=sha256:...`` in a
    requirements file. If you trust the host and the way to it, say so with
    ``--trusted-host HOST``; the weak digest is then passed over.
    """

    code = "PS5207"

    def __init__(self, file: File) -> None:
        host = parse_url(file.url).host
        algorithms = " and ".join(file.weak)
        super().__init__(
            f"{file.filename} from {redact(file.url)} is promised by {algorithms}"
            " alone, which can be forged",
            facts={"file": file.filename, "url": redact(file.url)},
            hints=(
                "use an index that gives SHA-256 digests",
                f"or insist:  --trusted-host {host}",
            ),
        )


def check_promises(
    file: File | Path,
    allowed: Sequence[Hash],
    *,
    require_hashes: bool,
    context: Context,
) -> None:
    """Refuse a file of which too little is promised; tell if it is nothing.

    ``allowed`` are digests that the user gave, of which one must match.

    Raises ``HashRequiredError`` and ``WeakDigestError``.
    """
    if allowed or (isinstance(file, File) and file.hashes):
        return
    if require_hashes:
        raise HashRequiredError(file.name if isinstance(file, Path) else file.filename)
    if isinstance(file, Path) or is_file_url(file.url):
        return
    if file.weak and not _is_trusted(file.url, context):
        raise WeakDigestError(file)
    context.tell(
        f"{file.filename}: {redact(file.url)} gives no digest; taken as it comes"
    )


def _is_trusted(url: str, context: Context) -> bool:
    hosts = context.settings.trusted_hosts
    return HttpSettings(trusted_hosts=hosts).trusts(parse_url(url))

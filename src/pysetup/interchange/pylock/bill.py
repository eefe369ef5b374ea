"""What all bills of materials of a lock have: purls, digests, who needs what."""

from collections.abc import Iterator
from urllib.parse import quote

from pysetup.interchange.pylock.model import LockedArchive, LockedPackage, LockFile
from pysetup.standards.names import normalize_name

_PUBLIC = "https://pypi.org/simple"
# Algorithm of hashlib -> its names in CycloneDX 1.6 and in SPDX 2.3.
ALGORITHMS = {
    "md5": ("MD5", "MD5"),
    "sha1": ("SHA-1", "SHA1"),
    "sha256": ("SHA-256", "SHA256"),
    "sha384": ("SHA-384", "SHA384"),
    "sha512": ("SHA-512", "SHA512"),
    "sha3_256": ("SHA3-256", "SHA3-256"),
    "sha3_384": ("SHA3-384", "SHA3-384"),
    "sha3_512": ("SHA3-512", "SHA3-512"),
}


def package_url(package: LockedPackage) -> str:
    """Return the purl of a package: its version, and where it is from."""
    version = f"@{quote(package.version, safe='.')}" if package.version else ""
    qualifiers = {}
    if package.vcs is not None and package.vcs.url:
        url = f"{package.vcs.type}+{package.vcs.url}@{package.vcs.commit_id}"
        qualifiers["vcs_url"] = url
    elif package.archive is not None and package.archive.url:
        qualifiers["download_url"] = package.archive.url
    elif package.index and package.index.rstrip("/") != _PUBLIC:
        qualifiers["repository_url"] = package.index
    told = "&".join(f"{key}={quote(text, safe='')}" for key, text in qualifiers.items())
    return f"pkg:pypi/{package.name}{version}{'?' if told else ''}{told}"


def references(lock: LockFile) -> tuple[tuple[LockedPackage, str], ...]:
    """Return each row with a name of its own in the bill."""
    seen: dict[str, int] = {}
    found = []
    for package in lock.packages:
        purl = package_url(package)
        seen[purl] = seen.get(purl, 0) + 1
        number = "" if seen[purl] == 1 else f"#{seen[purl]}"
        found.append((package, f"{purl}{number}"))
    return tuple(found)


def required_rows(package: LockedPackage, lock: LockFile) -> Iterator[LockedPackage]:
    """Yield the rows that ``package`` names as its dependencies."""
    for one in package.dependencies:
        name = normalize_name(str(one.get("name")))
        version = one.get("version")
        for row in lock.rows_of(name):
            if version in (None, row.version):
                yield row


def roots(lock: LockFile) -> tuple[LockedPackage, ...]:
    """Return the rows that no other row requires."""
    required = {
        id(row)
        for package in lock.packages
        for row in required_rows(package, lock)
        if row is not package
    }
    return tuple(row for row in lock.packages if id(row) not in required)


def known_digests(file: LockedArchive) -> list[tuple[str, str, str]]:
    """Return the digests of a file: the names in CycloneDX and SPDX, and the digits."""
    return [
        (*ALGORITHMS[algorithm], digest)
        for algorithm, digest in sorted(file.hashes.items())
        if algorithm in ALGORITHMS
    ]


def download_place(package: LockedPackage) -> str:
    """Return where a package can be had, empty if nowhere but on this machine."""
    if package.vcs is not None and package.vcs.url:
        return f"{package.vcs.type}+{package.vcs.url}@{package.vcs.commit_id}"
    urls = [file.url for file in package.files if file.url]
    return urls[0] if urls else ""

"""Debian's packages of shared libraries, by the names that programs are linked to.

What manylinux allows (PEP 600), and what locally built extensions most often use; with
the package's version for each version of symbols, where the library has them.
"""

import re
from collections.abc import Mapping

from pysetup.values import dataclass, field, replace

_LOADER = re.compile(r"ld-linux.*\.so\.\d|ld64\.so\.\d|linux-vdso\.so\.1")
_LIBPYTHON = re.compile(r"libpython(\d\.\d+)t?\.so\.1\.0")
GLIBC = "GLIBC_"
_OF_GLIBC = (
    *("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1"),
    *("libutil.so.1", "libresolv.so.2", "libanl.so.1", "libmvec.so.1"),
    *("libnsl.so.1", "libthread_db.so.1"),
)
# Since this glibc the releases are those of 64-bit time, which renamed packages.
_TIME64 = (2, 39)
_RENAMED = frozenset(
    (
        *("libasound2", "libatk1.0-0", "libcups2", "libcurl4", "libdb5.3", "libelf1"),
        *("libgdbm6", "libglib2.0-0", "libgnutls30", "libgtk-3-0", "libpng16-16"),
        *("libreadline8", "libssh2-1", "libssl3", "libuv1", "libarchive13"),
    )
)


@dataclass(frozen=True, slots=True)
class Library:
    """A package, and its version for each version of symbols.

    A version of symbols that is not among ``versions`` is the package's version behind
    ``prefix``, and ``epoch`` stands before that.
    """

    package: str
    versions: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    epoch: str = ""

    def least(self, version: str) -> str:
        """Return the package's version for a version of symbols, or nothing."""
        if version in self.versions:
            return self.versions[version]
        rest = version.removeprefix(self.prefix) if self.prefix else ""
        return f"{self.epoch}{rest}" if re.fullmatch(r"\d+(?:\.\d+)*", rest) else ""


_GCC = {
    "GCC_3.0": "3.0",
    "GCC_3.3": "3.3",
    "GCC_3.3.1": "3.3.1",
    "GCC_3.4": "3.4",
    "GCC_3.4.2": "3.4.2",
    "GCC_3.4.4": "3.4.4",
    "GCC_4.0.0": "4.0",
    "GCC_4.2.0": "4.2",
    "GCC_4.3.0": "4.3",
    "GCC_4.5.0": "4.5",
    "GCC_4.7.0": "4.7",
    "GCC_4.8.0": "4.8",
    "GCC_7.0.0": "7",
    "GCC_12.0.0": "12",
    "GCC_13.0.0": "13",
    "GCC_14.0.0": "14",
}
# As Debian's symbols files have them, also where that is later than gcc had them.
_CXX = {
    "GLIBCXX_3.4": "4.1.1",
    **{f"GLIBCXX_3.4.{number}": "4.1.1" for number in range(1, 9)},
    "GLIBCXX_3.4.9": "4.2.1",
    "GLIBCXX_3.4.10": "4.3",
    "GLIBCXX_3.4.11": "4.4",
    "GLIBCXX_3.4.12": "4.4.1",
    "GLIBCXX_3.4.13": "4.4.2",
    "GLIBCXX_3.4.14": "4.5",
    "GLIBCXX_3.4.15": "4.6",
    "GLIBCXX_3.4.16": "4.6",
    "GLIBCXX_3.4.17": "4.7",
    "GLIBCXX_3.4.18": "4.8",
    "GLIBCXX_3.4.19": "4.8",
    "GLIBCXX_3.4.20": "4.9",
    "GLIBCXX_3.4.21": "5.2",
    "GLIBCXX_3.4.22": "6",
    "GLIBCXX_3.4.23": "10.2",
    "GLIBCXX_3.4.24": "7.2",
    "GLIBCXX_3.4.25": "8",
    "GLIBCXX_3.4.26": "9",
    "GLIBCXX_3.4.27": "9.1",
    "GLIBCXX_3.4.28": "10.2",
    "GLIBCXX_3.4.29": "11",
    "GLIBCXX_3.4.30": "12",
    "GLIBCXX_3.4.31": "13.1",
    "GLIBCXX_3.4.32": "13.2",
    "GLIBCXX_3.4.33": "14",
    "CXXABI_1.3": "4.1.1",
    "CXXABI_1.3.1": "4.1.1",
    "CXXABI_1.3.2": "4.3",
    "CXXABI_1.3.3": "4.3",
    "CXXABI_1.3.4": "4.3",
    "CXXABI_1.3.5": "4.3",
    "CXXABI_1.3.6": "4.3",
    "CXXABI_1.3.7": "4.3",
    "CXXABI_1.3.8": "4.3",
    "CXXABI_1.3.9": "5",
    "CXXABI_1.3.10": "6",
    "CXXABI_1.3.11": "10.2",
    "CXXABI_1.3.12": "9",
    "CXXABI_1.3.13": "11",
    "CXXABI_1.3.14": "13",
    "CXXABI_1.3.15": "14",
    "CXXABI_TM_1": "4.7",
    "CXXABI_FLOAT128": "5",
}
_GOMP = {
    "GOMP_1.0": "4.2.1",
    "GOMP_2.0": "4.4",
    "GOMP_3.0": "4.7",
    "GOMP_4.0": "4.9",
    "GOMP_4.0.1": "5",
    "GOMP_4.5": "6",
    "GOMP_5.0": "9",
    "GOMP_5.0.1": "11",
    "GOMP_5.1": "12",
}
# 2.36 was the first that reads packed relocations, and named it so.
_LIBC = Library("libc6", {"GLIBC_ABI_DT_RELR": "2.36"}, GLIBC)
_TABLE: Mapping[str, Library] = {
    **dict.fromkeys(_OF_GLIBC, _LIBC),
    # It is no longer glibc's.
    "libcrypt.so.1": Library("libcrypt1"),
    "libgcc_s.so.1": Library("libgcc-s1", _GCC),
    "libstdc++.so.6": Library("libstdc++6", _CXX),
    "libgomp.so.1": Library("libgomp1", _GOMP),
    # Numba's wheels name the file, and not what it is called to the loader.
    "libgomp.so.1.0.0": Library("libgomp1", _GOMP),
    "libhwloc.so.15": Library("libhwloc15"),
    "libtbb.so.12": Library("libtbb12"),
    "libgfortran.so.5": Library("libgfortran5"),
    "libquadmath.so.0": Library("libquadmath0"),
    "libatomic.so.1": Library("libatomic1"),
    "libz.so.1": Library("zlib1g", {}, "ZLIB_", "1:"),
    **{
        soname: Library(package)
        for soname, package in {
            "libX11.so.6": "libx11-6",
            "libXext.so.6": "libxext6",
            "libXrender.so.1": "libxrender1",
            "libICE.so.6": "libice6",
            "libSM.so.6": "libsm6",
            "libGL.so.1": "libgl1",
            "libglib-2.0.so.0": "libglib2.0-0",
            "libgobject-2.0.so.0": "libglib2.0-0",
            "libgthread-2.0.so.0": "libglib2.0-0",
            "libgio-2.0.so.0": "libglib2.0-0",
            "libgmodule-2.0.so.0": "libglib2.0-0",
            "libexpat.so.1": "libexpat1",
            "libbz2.so.1.0": "libbz2-1.0",
            "liblzma.so.5": "liblzma5",
            "libzstd.so.1": "libzstd1",
            "liblz4.so.1": "liblz4-1",
            "libffi.so.8": "libffi8",
            "libffi.so.7": "libffi7",
            "libssl.so.3": "libssl3",
            "libcrypto.so.3": "libssl3",
            "libssl.so.1.1": "libssl1.1",
            "libcrypto.so.1.1": "libssl1.1",
            "libsqlite3.so.0": "libsqlite3-0",
            "libyaml-0.so.2": "libyaml-0-2",
            "libxml2.so.2": "libxml2",
            "libxslt.so.1": "libxslt1.1",
            "libexslt.so.0": "libxslt1.1",
            "libuuid.so.1": "libuuid1",
            "libncursesw.so.6": "libncursesw6",
            "libtinfo.so.6": "libtinfo6",
            "libreadline.so.8": "libreadline8",
            "libcurl.so.4": "libcurl4",
            "libpng16.so.16": "libpng16-16",
            "libjpeg.so.62": "libjpeg62-turbo",
            "libfreetype.so.6": "libfreetype6",
            "libpq.so.5": "libpq5",
            "libgmp.so.10": "libgmp10",
            "libmpfr.so.6": "libmpfr6",
            "libsodium.so.23": "libsodium23",
            "libudev.so.1": "libudev1",
            "libusb-1.0.so.0": "libusb-1.0-0",
            "libsystemd.so.0": "libsystemd0",
            "libdbus-1.so.3": "libdbus-1-3",
            "libevent-2.1.so.7": "libevent-2.1-7",
        }.items()
    },
}


def library_package(soname: str, *, glibc: tuple[int, int]) -> Library | None:
    """Return the package of a library on a system with this glibc; None if unknown."""
    if _LOADER.fullmatch(soname):
        return Library("libc6")
    if match := _LIBPYTHON.fullmatch(soname):
        renamed = glibc >= _TIME64 and match[1] == "3.12"
        return Library(f"libpython{match[1]}{'t64' if renamed else ''}")
    known = _TABLE.get(soname)
    if known is None or known.package not in _RENAMED or glibc < _TIME64:
        return known
    return replace(known, package=f"{known.package}t64")

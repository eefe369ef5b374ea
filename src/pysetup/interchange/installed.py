"""An installed distribution: what the environment's database says of it."""

import os
from collections.abc import Mapping
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from pysetup.metadata.document import Metadata
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

# What distutils, setuptools and easy_install left, long before there was .dist-info.
EGG_INFO_SUFFIX, EGG_SUFFIX, LINK_SUFFIX = ".egg-info", ".egg", ".egg-link"


@dataclass(frozen=True, slots=True)
class InstalledDistribution:
    """One distribution in an environment (installed-projects specification).

    ``info_dir`` is the absolute ``.dist-info`` folder; of older installations the
    ``.egg-info``, ``.egg`` or ``.egg-link``, a file or a folder;
    ``installer`` is the tool that wrote it, empty when unknown; ``requested``
    says that the user asked for it by name; ``direct_url`` is the content of
    ``direct_url.json`` (PEP 610), ``provenance`` that of ``provenance_url.json``
    (PEP 710), or None; ``project`` is the folder that an ``.egg-link`` leads to.
    """

    metadata: Metadata
    info_dir: str
    installer: str = ""
    requested: bool = False
    direct_url: Mapping[str, JSON] | None = None
    provenance: Mapping[str, JSON] | None = None
    project: str = ""

    @property
    def kind(self) -> str:
        """How it is recorded: ``dist-info``, ``egg-info``, ``egg`` or ``egg-link``."""
        return os.path.splitext(self.info_dir)[1][1:]

    @property
    def editable(self) -> bool:
        """Whether it is a develop installation (PEP 660, or of old setuptools)."""
        if self.project:
            return True
        info = (self.direct_url or {}).get("dir_info")
        return isinstance(info, Mapping) and info.get("editable") is True

    @property
    def location(self) -> str:
        """The folder that it was installed from, if it was one; else empty."""
        if self.project:
            return self.project
        url = (self.direct_url or {}).get("url")
        if "dir_info" not in (self.direct_url or {}) or not isinstance(url, str):
            return ""
        return unquote(urlsplit(url).path)

    @property
    def project_url(self) -> str:
        """The ``file:`` URL of the project of an ``.egg-link``; else empty."""
        return f"file://{quote(self.project)}" if self.project else ""

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "metadata": self.metadata.to_dict(),
            "info_dir": self.info_dir,
            "installer": self.installer,
            "requested": self.requested,
            "direct_url": None if self.direct_url is None else dict(self.direct_url),
            "provenance": None if self.provenance is None else dict(self.provenance),
            **({"project": self.project} if self.project else {}),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form."""
        direct_url, provenance = value["direct_url"], value.get("provenance")
        return cls(
            metadata=Metadata.from_value(value["metadata"]),
            info_dir=str(value["info_dir"]),
            installer=str(value["installer"]),
            requested=value["requested"] is True,
            direct_url=dict(direct_url) if isinstance(direct_url, Mapping) else None,
            provenance=dict(provenance) if isinstance(provenance, Mapping) else None,
            project=str(value.get("project", "")),
        )

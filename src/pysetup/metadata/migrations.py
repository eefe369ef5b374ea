"""What newer standards replaced, where the replacement is certain (PEP 639, 753)."""

from collections.abc import Iterable, Mapping, Sequence

from pysetup.late import late_pattern
from pysetup.standards.jsontext import JSON, copied_json
from pysetup.standards.licenses import InvalidLicenseError, canonical_license
from pysetup.values import dataclass

LICENSE_CLASSIFIER = "License ::"

# Classifiers that name exactly one licence of the SPDX list. PEP 639 (appendix) forbids
# to infer anything from the others: "BSD License", "GNU General Public License v3", ...
_OSI = "License :: OSI Approved :: "
_BY_CLASSIFIER: Mapping[str, str] = {
    "License :: CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    **{
        f"{_OSI}{name}": expression
        for name, expression in {
            "Blue Oak Model License (BlueOak-1.0.0)": "BlueOak-1.0.0",
            "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
            "European Union Public Licence 1.1 (EUPL 1.1)": "EUPL-1.1",
            "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
            "GNU Affero General Public License v3 or later (AGPLv3+)": (
                "AGPL-3.0-or-later"
            ),
            "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
            "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
            "GNU Lesser General Public License v3 or later (LGPLv3+)": (
                "LGPL-3.0-or-later"
            ),
            "ISC License (ISCL)": "ISC",
            "MIT License": "MIT",
            "MIT No Attribution License (MIT-0)": "MIT-0",
            "Mozilla Public License 1.0 (MPL)": "MPL-1.0",
            "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
            "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
            "The Unlicense (Unlicense)": "Unlicense",
            "Universal Permissive License (UPL)": "UPL-1.0",
            "zlib/libpng License": "Zlib",
        }.items()
    },
}
# Full names of licences as people write them, which are no identifiers.
_BY_NAME: Mapping[str, str] = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "isc license": "ISC",
    "mit license": "MIT",
    "the mit license": "MIT",
    "mozilla public license 2.0": "MPL-2.0",
    "the unlicense": "Unlicense",
}
# It says that there is a licence, and not which.
_OPEN_CLASSIFIERS = frozenset(("License :: OSI Approved",))
_MAX_NAME = 80

# PEP 753: the labels with a meaning, and the other names each of them has.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "Homepage": ("homepage",),
    "Source": ("source", "repository", "sourcecode", "github"),
    "Download": ("download",),
    "Changelog": ("changelog", "changes", "whatsnew", "history"),
    "Release Notes": ("releasenotes",),
    "Documentation": ("documentation", "docs"),
    "Issues": ("issues", "bugs", "issue", "tracker", "issuetracker", "bugtracker"),
    "Funding": ("funding", "sponsor", "donate", "donation"),
}
_PRIMARY = {alias: label for label, aliases in _ALIASES.items() for alias in aliases}
_NOT_COMPARED = late_pattern(r"[^\w]|_")


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about an old spelling; ``value`` is empty where it is not certain.

    ``reason`` says what is old, or why nobody but the author can decide.
    """

    value: str
    reason: str


def license_advice(text: str, classifiers: Iterable[str]) -> Advice | None:
    """Return the licence expression that old licence metadata certainly means.

    ``text`` is the old License field, ``classifiers`` are all classifiers. None when
    there is no old licence metadata at all.
    """
    old = [one for one in classifiers if one.startswith(LICENSE_CLASSIFIER)]
    named = [one for one in old if one not in _OPEN_CLASSIFIERS]
    if not text.strip() and not named:
        return None
    told = {_BY_CLASSIFIER.get(one, "") for one in named}
    expression = reason = ""
    if text.strip():
        expression = named_license(text)
        if not expression:
            reason = "its text is not the name of one licence (PEP 639)"
        elif len(told) > 1 or not told <= {expression, ""}:
            reason = f"the classifiers do not all mean {expression} (PEP 639)"
    elif len(named) > 1:
        reason = "several classifiers may mean AND or OR (PEP 639)"
    else:
        (expression,) = told
        if not expression:
            reason = f"{named[0]!r} leaves open which licence it is (PEP 639)"
    if reason:
        return Advice("", reason)
    return Advice(expression, "is replaced by a licence expression (PEP 639)")


def named_license(text: str) -> str:
    """Return the SPDX expression of a licence's name, empty if it is not certain."""
    name = " ".join(text.split())
    if not name or len(name) > _MAX_NAME:
        return ""
    plain = name.lower().replace(",", "").replace("licence", "license")
    if plain in _BY_NAME:
        return _BY_NAME[plain]
    try:
        return canonical_license(name)
    except InvalidLicenseError:
        return ""


def well_known_label(label: str) -> str:
    """Return the well-known label that ``label`` is another name of (PEP 753).

    Empty if it is none, or is one already.
    """
    normal = _NOT_COMPARED.sub("", label.lower())
    primary = _PRIMARY.get(normal, "")
    if not primary or _NOT_COMPARED.sub("", primary.lower()) == normal:
        return ""
    return primary


def renamed_labels(labels: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the labels to rename, and those that cannot be, with the label in the way.

    Two labels of one meaning stay as they are: which of them counts is not certain.
    """
    wanted = {
        label: primary for label in labels if (primary := well_known_label(label))
    }
    taken = {_NOT_COMPARED.sub("", label.lower()) for label in labels}
    renamed: dict[str, str] = {}
    unclear: dict[str, str] = {}
    for label, primary in wanted.items():
        twice = [one for one in wanted.values() if one == primary]
        if len(twice) > 1 or _NOT_COMPARED.sub("", primary.lower()) in taken:
            unclear[label] = primary
        else:
            renamed[label] = primary
    return renamed, unclear


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from an old spelling to the current one.

    ``pointer`` is the old place. ``done`` says that it was made; otherwise
    ``message`` tells why only the author can.
    """

    pointer: str
    rule: str
    message: str
    done: bool = True

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "pointer": self.pointer,
            "rule": self.rule,
            "message": self.message,
            "done": self.done,
        }


def migrate(
    document: Mapping[str, JSON],
) -> tuple[dict[str, JSON], tuple[Migration, ...]]:
    """Return a document in current spelling, and what was or must be changed.

    Licences become an expression (PEP 639), Home-page and Download-URL become project
    URLs under their well-known labels (PEP 753).
    """
    made = {key: copied_json(value) for key, value in document.items()}
    steps = [*_migrate_license(made), *_migrate_urls(made)]
    return made, tuple(steps)


def _migrate_license(made: dict[str, JSON]) -> list[Migration]:
    classifiers = made.get("classifier")
    listed = classifiers if isinstance(classifiers, list) else []
    texts = [one for one in listed if isinstance(one, str)]
    text = made.get("license")
    old = text if isinstance(text, str) else ""
    advice = license_advice(old, texts)
    if advice is None:
        return []
    stated = made.get("license_expression")
    if isinstance(stated, str) and stated:
        if advice.value not in ("", stated):
            message = f"means {advice.value}, and license_expression is {stated}"
            return [Migration("/license", "license", message, done=False)]
        value = stated
    else:
        value = advice.value
    pointer = "/license" if old else "/classifier"
    if not advice.value:
        return [Migration(pointer, "license", advice.reason, done=False)]
    made.pop("license", None)
    made["license_expression"] = value
    kept = [one for one in texts if not one.startswith(LICENSE_CLASSIFIER)]
    if kept:
        made["classifier"] = kept
    else:
        made.pop("classifier", None)
    message = f"became  license_expression: {value}  (PEP 639)"
    return [Migration(pointer, "license", message)]


def _migrate_urls(made: dict[str, JSON]) -> list[Migration]:
    value = made.get("project_url")
    urls: dict[str, JSON] = dict(value) if isinstance(value, Mapping) else {}
    steps: list[Migration] = []
    for key, label in (("home_page", "Homepage"), ("download_url", "Download")):
        url = made.get(key)
        if not isinstance(url, str) or not url:
            continue
        same = [one for one in urls if _means(one, label)]
        if not same:
            urls[label] = url
        elif urls[same[0]] != url:
            message = f"is not the URL of {same[0]} in project_url (PEP 753)"
            steps.append(Migration(f"/{key}", key, message, done=False))
            continue
        del made[key]
        message = f"became  project_url: {same[0] if same else label}  (PEP 753)"
        steps.append(Migration(f"/{key}", key, message))
    renamed, unclear = renamed_labels(list(urls))
    for label, primary in renamed.items():
        steps.append(_renaming(f"/project_url/{label}", primary))
    for label, primary in unclear.items():
        steps.append(unclear_label(f"/project_url/{label}", primary))
    if urls:
        made["project_url"] = {renamed.get(key, key): url for key, url in urls.items()}
    return steps


def _means(label: str, primary: str) -> bool:
    return _PRIMARY.get(_NOT_COMPARED.sub("", label.lower())) == primary


def _renaming(pointer: str, primary: str) -> Migration:
    return Migration(pointer, "url-label", f"became {primary!r} (PEP 753)")


def unclear_label(pointer: str, primary: str) -> Migration:
    """Return what is told of a label whose well-known name is taken."""
    message = f"means {primary!r}, and so does another label (PEP 753)"
    return Migration(pointer, "url-label", message, done=False)

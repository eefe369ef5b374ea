"""The order of the actions of an installation, as Windows Installer wants it."""

from collections.abc import Iterable, Mapping

from pysetup.platforms.msi.database import Row

_FIRST_SETTING, _FIRST_CHECK, _LAST_CHECK = 51, 101, 699
_FIND = {"FindRelatedProducts": 25, "AppSearch": 50, "LaunchConditions": 100}
_COST = {"CostInitialize": 800, "FileCost": 900, "CostFinalize": 1000}
_BEGIN = {"InstallValidate": 1400, "InstallInitialize": 1500}
_END = {"InstallFinalize": 6600}
_PUBLISH = {"PublishFeatures": 6300, "PublishProduct": 6400}
_EXECUTE = {
    **_FIND,
    "ValidateProductID": 700,
    **_COST,
    "MigrateFeatureStates": 1200,
    **_BEGIN,
    # Inside the transaction: when the new version fails, the old one comes back.
    "RemoveExistingProducts": 1501,
    "ProcessComponents": 1600,
    "UnpublishFeatures": 1800,
    "RemoveRegistryValues": 2600,
    "RemoveFiles": 3500,
    "RemoveFolders": 3600,
    "CreateFolders": 3700,
    "InstallFiles": 4000,
    "WriteRegistryValues": 5000,
    "RegisterUser": 6000,
    "RegisterProduct": 6100,
    **_PUBLISH,
    **_END,
}
_ADMIN = {**_COST, **_BEGIN, "InstallAdminPackage": 3900, "InstallFiles": 4000, **_END}
_ADVERTISE = {
    "CostInitialize": 800,
    "CostFinalize": 1000,
    **_BEGIN,
    **_PUBLISH,
    **_END,
}
_SHOWN = {**_FIND, **_COST, "ExecuteAction": 1300}


def sequences(
    settings: Mapping[str, str], checks: Mapping[str, str]
) -> dict[str, list[Row]]:
    """Return the five tables of sequences.

    ``settings`` are the actions that follow the search, in their order, with the
    condition of each; ``checks`` those that may refuse, before anything is changed.
    """
    found = _numbered(settings, _FIRST_SETTING)
    assert max(found.values(), default=0) < _FIND["LaunchConditions"]
    # Their order among themselves does not matter, should there be more than numbers.
    asked = {
        action: min(number, _LAST_CHECK)
        for action, number in _numbered(checks, _FIRST_CHECK).items()
    }
    tables = {
        "InstallExecuteSequence": {**_EXECUTE, **found, **asked},
        "InstallUISequence": {**_SHOWN, **found},
        "AdminExecuteSequence": _ADMIN,
        "AdminUISequence": {**_COST, "ExecuteAction": 1300},
        "AdvtExecuteSequence": _ADVERTISE,
    }
    conditions = {**settings, **checks}
    return {
        table: [
            (action, conditions.get(action), number)
            for action, number in sorted(actions.items(), key=lambda item: item[1])
        ]
        for table, actions in tables.items()
    }


def _numbered(actions: Iterable[str], first: int) -> dict[str, int]:
    return {name: number for number, name in enumerate(actions, start=first)}

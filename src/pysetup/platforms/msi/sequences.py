"""The order of the actions of an installation, as Windows Installer wants it."""

from collections.abc import Mapping, Sequence

from pysetup.platforms.msi.database import Row

_CHECK = "CheckNeeds"
_FIRST_SETTING, _CHECK_AT = 51, 101
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
    settings: Sequence[str], *, conditions: Mapping[str, str]
) -> dict[str, list[Row]]:
    """Return the five tables of sequences.

    ``settings`` are the actions that follow the search, in their order; ``conditions``
    tell when an action is carried out, and name the check of needs if there is one.
    """
    numbered = {name: _FIRST_SETTING + number for number, name in enumerate(settings)}
    assert max(numbered.values(), default=0) < _FIND["LaunchConditions"]
    execute = {**_EXECUTE, **numbered}
    if _CHECK in conditions:
        execute[_CHECK] = _CHECK_AT
    tables = {
        "InstallExecuteSequence": execute,
        "InstallUISequence": {**_SHOWN, **numbered},
        "AdminExecuteSequence": _ADMIN,
        "AdminUISequence": {**_COST, "ExecuteAction": 1300},
        "AdvtExecuteSequence": _ADVERTISE,
    }
    return {
        table: [
            (action, conditions.get(action), number)
            for action, number in sorted(actions.items(), key=lambda item: item[1])
        ]
        for table, actions in tables.items()
    }

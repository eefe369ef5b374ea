"""A handler for pysetup: entries of a menu become files below ``share/menus``.

A distribution asks for it in its document::

    [tool.pysetup.extensions."menu-handler.entries"]
    installer_must_handle = true
    default = "greet"
    entries.greet = { title = "Greet somebody", icon = "greet_demo/greet.svg" }
"""


def handle(extension: dict, document: dict, environment: dict) -> list[dict]:
    """Return what to place, as data; nothing is done here."""
    actions = []
    for name, entry in sorted(extension.get("entries", {}).items()):
        command = f"{environment['folders']['bindir']}/{name}"
        text = f"title={entry['title']}\ncommand={command}\nfrom={document['name']}\n"
        place = {"category": "datadir", "path": f"menus/{name}.menu"}
        actions.append({"action": "write", **place, "text": text})
        if "icon" in entry:
            place = {"category": "datadir", "path": f"menus/{name}.svg"}
            actions.append({"action": "place", **place, "file": entry["icon"]})
    if "default" in extension:
        to = {"category": "datadir", "path": f"menus/{extension['default']}.menu"}
        place = {"category": "datadir", "path": f"menus/of-{document['name']}"}
        actions.append({"action": "link", **place, "to": to})
    return actions

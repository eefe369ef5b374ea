"""The published schemas of targets and plans, for readers outside Python."""

from importlib.resources import files

SCHEMAS = ("target", "plan")


def schema_text(name: str) -> str:
    """Return the JSON Schema (2020-12) of ``target`` or ``plan``."""
    place = files("pysetup.platforms").joinpath("schema", f"{name}-1.0.schema.json")
    return place.read_text(encoding="utf-8")

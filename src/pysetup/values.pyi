from dataclasses import dataclass as dataclass
from dataclasses import field as field
from dataclasses import replace as replace
from typing import Any

def as_mapping(value: object) -> dict[str, Any]: ...
def field_names(kind: type) -> tuple[str, ...]: ...

"""Values as ``dataclasses`` makes them, at a tenth of its price when a module loads.

``dataclasses`` compiles half a dozen methods for every class, used or not, and two
hundred classes are loaded before an install begins. Here all classes share the same few
functions, and the one worth compiling, ``__init__``, is compiled when the first value
of its class is made. Other bases and fields without a place in ``__init__`` are not
met; ``dataclasses`` remains free to use. Type checkers see ``dataclasses`` itself.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NoReturn

_ABSENT: Any = object()
_FIELDS = "__dataclass_fields__"
_MAKER = "__maker__"


class _Field:
    """What ``field`` says of one attribute."""

    __slots__ = ("compare", "default", "factory")

    def __init__(self, default: object, factory: object, *, compare: bool) -> None:
        self.default = default
        self.factory = factory
        self.compare = compare


def field(
    *, default: Any = _ABSENT, default_factory: Any = _ABSENT, compare: bool = True
) -> Any:
    """Return the default of an attribute, as ``dataclasses.field`` does."""
    return _Field(default, default_factory, compare=compare)


def dataclass(
    *,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
    order: bool = False,
    eq: bool = True,
) -> Callable[[type], type]:
    """Return the decorator that ``dataclasses.dataclass`` returns; slots are a must."""
    assert slots, "values have slots"

    def made(kind: type) -> type:
        assert kind.__bases__ == (object,), "a value has no other base"
        maker = _Maker(kind, frozen=frozen, kw_only=kw_only)
        inside = maker.inside()
        if eq:
            _add_equality(inside, maker.compared, frozen=frozen)
        if order:
            _add_order(inside, maker.compared)
        maker.kind = type(kind)(kind.__name__, kind.__bases__, inside)
        maker.kind.__qualname__ = kind.__qualname__
        return maker.kind

    return made


def replace(value: Any, /, **changes: Any) -> Any:
    """Return ``value`` with ``changes``, as ``dataclasses.replace`` does."""
    kind = type(value)
    for name in field_names(kind):
        if name not in changes:
            changes[name] = getattr(value, name)
    return kind(**changes)


def field_names(kind: type) -> tuple[str, ...]:
    """Return the names of the attributes of a class of values, in their order."""
    maker = kind.__dict__.get(_MAKER)
    # A class that the standard library made is as good.
    return maker.names if isinstance(maker, _Maker) else tuple(getattr(kind, _FIELDS))


def as_mapping(value: object) -> dict[str, Any]:
    """Return the attributes of ``value`` by their names; what is in them stays."""
    return {name: getattr(value, name) for name in field_names(type(value))}


class _Maker:
    """Knows the attributes of one class, and compiles its ``__init__`` in the end."""

    def __init__(self, kind: type, *, frozen: bool, kw_only: bool) -> None:
        self.kind = kind
        self.names = tuple(kind.__annotations__)
        self.defaults: Mapping[str, object] = {
            name: kind.__dict__[name] for name in self.names if name in kind.__dict__
        }
        self.frozen = frozen
        self.kw_only = kw_only

    @property
    def compared(self) -> tuple[str, ...]:
        """The attributes by which two values are compared."""
        left_out = {
            name
            for name, default in self.defaults.items()
            if isinstance(default, _Field) and not default.compare
        }
        return tuple(name for name in self.names if name not in left_out)

    def inside(self) -> dict[str, Any]:
        """Return what stands in the class, but for comparisons."""
        inside: dict[str, Any] = {
            name: content
            for name, content in self.kind.__dict__.items()
            if name not in self.defaults and name not in ("__dict__", "__weakref__")
        }
        inside |= {"__slots__": self.names, _MAKER: self, _FIELDS: _Fields()}
        inside["__match_args__"] = () if self.kw_only else self.names
        inside["__init__"] = _first_init
        inside.setdefault("__repr__", _repr)
        if self.frozen:
            inside |= {"__setattr__": _refuse_set, "__delattr__": _refuse_delete}
            inside |= {"__getstate__": _get_state, "__setstate__": _set_state}
        return inside

    def compile_init(self) -> Callable[..., None]:
        """Compile ``__init__``, give it to the class and return it."""
        scope: dict[str, Any] = {"_set": object.__setattr__, "_ABSENT": _ABSENT}
        parameters, lines = ["self", *(["*"] if self.kw_only else [])], []
        for name in self.names:
            parameter, value = self._parameter(name, scope)
            parameters.append(parameter)
            put = f"_set(self, {name!r}, {value})"
            lines.append(put if self.frozen else f"self.{name} = {value}")
        if hasattr(self.kind, "__post_init__"):
            lines.append("self.__post_init__()")
        body = "\n ".join(lines) or "pass"
        exec(f"def __init__({', '.join(parameters)}):\n {body}", scope)  # noqa: S102 - names of attributes, no text of others
        made: Callable[..., None] = scope["__init__"]
        made.__qualname__ = f"{self.kind.__qualname__}.__init__"
        made.__module__ = self.kind.__module__
        self.kind.__init__ = made  # type: ignore[misc] # its own class
        return made

    def _parameter(self, name: str, scope: dict[str, Any]) -> tuple[str, str]:
        """Return one parameter, and the expression of what is put in its place."""
        default = self.defaults.get(name, _ABSENT)
        if isinstance(default, _Field) and default.factory is not _ABSENT:
            scope[f"_make_{name}"] = default.factory
            made = f"_make_{name}() if {name} is _ABSENT else {name}"
            return f"{name}=_ABSENT", made
        if isinstance(default, _Field):
            default = default.default
        if default is _ABSENT:
            return name, name
        scope[f"_default_{name}"] = default
        return f"{name}=_default_{name}", name


class _Fields:
    """``__dataclass_fields__``, made when the standard library asks for it."""

    __slots__ = ()

    def __get__(self, instance: object, kind: type) -> object:
        # Loaded here: only who uses that module's functions pays for it.
        import dataclasses

        maker: _Maker = kind.__dict__[_MAKER]
        inside: dict[str, Any] = {"__annotations__": dict(kind.__annotations__)}
        for name, default in maker.defaults.items():
            inside[name] = default
            if isinstance(default, _Field):
                said = {"default": default.default, "default_factory": default.factory}
                said = {key: said[key] for key in said if said[key] is not _ABSENT}
                inside[name] = dataclasses.field(**said, compare=default.compare)  # type: ignore[call-overload] # as it was said
        twin = type(kind.__name__, (), inside)
        found = getattr(dataclasses.dataclass(kw_only=maker.kw_only)(twin), _FIELDS)
        setattr(kind, _FIELDS, found)
        return found


def _add_equality(
    inside: dict[str, Any], names: tuple[str, ...], *, frozen: bool
) -> None:
    key = _key(names)

    def __eq__(self: object, other: object) -> bool:  # noqa: N807 - it is the method
        return key(self) == key(other) if type(other) is type(self) else NotImplemented

    def __hash__(self: object) -> int:  # noqa: N807 - it is the method
        return hash(key(self))

    inside.setdefault("__eq__", __eq__)
    if inside.get("__hash__") is None:
        inside["__hash__"] = __hash__ if frozen else None


def _add_order(inside: dict[str, Any], names: tuple[str, ...]) -> None:
    key = _key(names)

    def __lt__(self: object, other: object) -> bool:  # noqa: N807 - it is the method
        return key(self) < key(other) if type(other) is type(self) else NotImplemented

    def __le__(self: object, other: object) -> bool:  # noqa: N807 - the same
        return key(self) <= key(other) if type(other) is type(self) else NotImplemented

    def __gt__(self: object, other: object) -> bool:  # noqa: N807 - the same
        return key(self) > key(other) if type(other) is type(self) else NotImplemented

    def __ge__(self: object, other: object) -> bool:  # noqa: N807 - the same
        return key(self) >= key(other) if type(other) is type(self) else NotImplemented

    inside |= {"__lt__": __lt__, "__le__": __le__, "__gt__": __gt__, "__ge__": __ge__}


def _key(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what gives the attributes of a value as a tuple."""
    if not names:
        return lambda _: ()
    found = attrgetter(*names)
    return found if len(names) > 1 else lambda value: (found(value),)


def _first_init(self: Any, *arguments: object, **named: object) -> None:
    """Put the real ``__init__`` of the class in its place, and call it."""
    self.__maker__.compile_init()(self, *arguments, **named)


def _repr(self: Any) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name in self.__maker__.names)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_set(self: object, name: str, value: object) -> NoReturn:
    del self, value
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(self: object, name: str) -> NoReturn:
    del self
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _get_state(self: Any) -> list[object]:
    return [getattr(self, name) for name in self.__maker__.names]


def _set_state(self: Any, state: list[object]) -> None:
    for name, value in zip(self.__maker__.names, state, strict=True):
        object.__setattr__(self, name, value)

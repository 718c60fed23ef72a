"""EPCIS 1.2 and 2.0 in XML, converted to the JSON form of EPCIS 2.0, so that one reader judges both.

The input is untrusted: a document type declaration is refused, so that no entity can be declared; depth and the number of
elements and attributes are bounded.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from amanah.contracts.errors import Refused
from amanah.contracts.logistics.epcis import KINDS
from amanah.contracts.logistics.vocabulary import CBV, GS1_VOCABULARY, MASTER_DATA, bare

_DEEPEST = 60
_MOST_NODES = 200_000
_MOST_NAMESPACES = 200
_CHUNK = 1 << 16
_EPCIS = re.compile(r"urn:epcglobal:epcis(-query)?:xsd:[12]")
_DOCUMENTS = frozenset({"EPCISDocument", "EPCISQueryDocument"})
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
# Elements that EPCIS 1 puts around what a later version added.
_WRAPPERS = frozenset({"extension", "baseExtension"})
# Attributes about the XML itself, no content.
_SCHEMA_INSTANCE = frozenset({"http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/XML/1998/namespace"})
# Some writers leave out seconds that are zero.
_NO_SECONDS = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(Z|[+-]\d{2}:\d{2})", re.ASCII)
_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


@dataclass(slots=True)
class _Element:
    """An element with its namespace, empty of a standard one, and its attributes by `(namespace, name)`."""

    namespace: str
    name: str
    attributes: dict[tuple[str, str], str]
    children: list["_Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def child(self, name: str) -> "_Element | None":
        return next((c for c in self.children if c.name == name), None)

    @property
    def value(self) -> str:
        return "".join(self.texts).strip()


class _Parser:
    """Builds the tree of a document within its bounds."""

    def __init__(self) -> None:
        self.prefixes: dict[str, str] = {}
        self._root = _Element("", "", {})
        self._open = [self._root]
        self._nodes = 0
        self._names: dict[str, tuple[str, str]] = {}

    def parse(self, data: bytes) -> _Element:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.buffer_size = _CHUNK
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            for start in range(0, len(data), _CHUNK):
                parser.Parse(data[start : start + _CHUNK], False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            problem = f"{expat.errors.messages[error.code]} in line {error.lineno}"
            raise Refused("not_xml.syntax", problem=problem) from None
        except (LookupError, ValueError) as error:  # an encoding that nobody knows
            raise Refused("not_xml.syntax", problem=error) from None
        return self._root.children[0]

    def _doctype(self, *_: object) -> None:
        raise Refused("not_xml.doctype")

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        if uri and uri not in self.prefixes:
            if len(self.prefixes) >= _MOST_NAMESPACES:
                raise Refused("not_xml.bounds")
            name = prefix or "ns"
            taken = set(self.prefixes.values())
            self.prefixes[uri] = next(n for n in _numbered(name) if n not in taken)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._nodes += 1 + len(attributes)
        if len(self._open) > _DEEPEST or self._nodes > _MOST_NODES:
            raise Refused("not_xml.bounds")
        element = _Element(*self._split(name), {self._split(k): v for k, v in attributes.items()})
        self._open[-1].children.append(element)
        self._open.append(element)

    def _split(self, name: str) -> tuple[str, str]:
        if name not in self._names:
            self._names[name] = _split(name)
        return self._names[name]

    def _end(self, _: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        self._open[-1].texts.append(text)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}{number}"
        number += 1


def _split(name: str) -> tuple[str, str]:
    namespace, _, local = name.rpartition(" ")
    return ("" if _EPCIS.fullmatch(namespace) else namespace), local


def _number(text: str) -> int | float | str:
    if not _NUMBER.fullmatch(text):
        return text
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _time(text: str) -> str:
    found = _NO_SECONDS.fullmatch(text)
    return f"{found[1]}:00{found[2]}" if found else text


def _truth(text: str) -> bool | str:
    return {"true": True, "1": True, "false": False, "0": False}.get(text, text)


def _sensor_word(text: str) -> str:
    for prefix in ("gs1:", GS1_VOCABULARY, "cbv:Comp-", f"{CBV}Comp-"):
        text = text.removeprefix(prefix)
    return text


_SENSOR_FIELDS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), _number),
    **dict.fromkeys(("type", "exception", "component"), _sensor_word),
    **dict.fromkeys(("time", "startTime", "endTime"), _time),
    "booleanValue": _truth,
}


class _Converter:
    """Writes elements as the JSON form has them; `prefixes` name the namespaces of extensions."""

    def __init__(self, prefixes: dict[str, str]) -> None:
        self._prefixes = prefixes
        self.used: dict[str, str] = {}
        listed = self._texts
        quantities = self._quantities
        self._fields: dict[str, Callable[[_Element], Any]] = {
            "epcList": listed, "childEPCs": listed, "inputEPCList": listed, "outputEPCList": listed,
            "quantityList": quantities, "childQuantityList": quantities, "inputQuantityList": quantities,
            "outputQuantityList": quantities,
            "eventTime": lambda e: _time(e.value),
            "bizStep": lambda e: bare(e.value, "BizStep"),
            "disposition": lambda e: bare(e.value, "Disp"),
            "persistentDisposition": self._persistent,
            "readPoint": self._place, "bizLocation": self._place,
            "bizTransactionList": lambda e: self._typed(e, "BTT"),
            "sourceList": lambda e: self._typed(e, "SDT"),
            "destinationList": lambda e: self._typed(e, "SDT"),
            "errorDeclaration": self._declaration,
            "sensorElementList": lambda e: [self._sensor(c) for c in e.children],
            "ilmd": lambda e: self._extensions(e.children),
        }  # fmt: skip

    def event(self, element: _Element) -> dict[str, Any]:
        made: dict[str, Any] = {"type": element.name}
        certificates = []
        others = []
        for child in self._unwrapped(element.children):
            if child.namespace:
                others.append(child)
            elif child.name == "certificationInfo":
                certificates.append(child.value)
            elif child.name in self._fields:
                made[child.name] = self._fields[child.name](child)
            else:
                made[child.name] = child.value
        if certificates:
            made["certificationInfo"] = certificates[0] if len(certificates) == 1 else certificates
        return made | self._extensions(others)

    def _unwrapped(self, elements: list[_Element]) -> Iterator[_Element]:
        for each in elements:
            if each.name in _WRAPPERS and not each.namespace:
                yield from self._unwrapped(each.children)
            else:
                yield each

    def _texts(self, element: _Element) -> list[str]:
        return [c.value for c in element.children]

    def _quantities(self, element: _Element) -> list[dict[str, Any]]:
        return [
            {c.name: _number(c.value) if c.name == "quantity" else c.value for c in each.children if c.value}
            for each in element.children
        ]

    def _persistent(self, element: _Element) -> dict[str, list[str]]:
        made: dict[str, list[str]] = {}
        for each in element.children:
            made.setdefault(each.name, []).append(bare(each.value, "Disp"))
        return made

    def _place(self, element: _Element) -> dict[str, Any]:
        own = [c for c in self._unwrapped(element.children) if c.namespace]
        return {c.name: c.value for c in element.children if not c.namespace and not c.children} | self._extensions(own)

    def _typed(self, element: _Element, kind: str) -> list[dict[str, str]]:
        return [
            {name: bare(value, kind) for (_, name), value in c.attributes.items() if name == "type"} | {c.name: c.value}
            for c in element.children
        ]

    def _declaration(self, element: _Element) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for child in (c for c in self._unwrapped(element.children) if not c.namespace):
            if child.name == "correctiveEventIDs":
                made[child.name] = self._texts(child)
            else:
                made[child.name] = _time(bare(child.value, "ER"))
        return made | self._extensions([c for c in self._unwrapped(element.children) if c.namespace])

    def _sensor(self, element: _Element) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if metadata := element.child("sensorMetadata"):
            made["sensorMetadata"] = self._attributes(metadata)
        made["sensorReport"] = [self._attributes(c) for c in element.children if c.name == "sensorReport"]
        return made | self._extensions([c for c in self._unwrapped(element.children) if c.namespace])

    def _attributes(self, element: _Element) -> dict[str, Any]:
        return {
            self._name(namespace, name): value if namespace else _SENSOR_FIELDS.get(name, str)(value)
            for (namespace, name), value in element.attributes.items()
        }

    def _name(self, namespace: str, name: str) -> str:
        if not namespace:
            return name
        if namespace.rstrip(":") == MASTER_DATA:
            return f"cbvmda:{name}"
        prefix = self._prefixes.get(namespace, "xml")
        self.used[prefix] = namespace
        return f"{prefix}:{name}"

    def _extensions(self, elements: list[_Element]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for each in elements:
            name = self._name(each.namespace, each.name)
            value: Any = self._extensions(each.children) if each.children else each.value
            own = {self._name(*k): v for k, v in each.attributes.items() if k[0] not in _SCHEMA_INSTANCE}
            if own:
                value = own | (value if isinstance(value, dict) else {"#text": value})
            if name not in made:
                made[name] = value
            elif isinstance(made[name], list):
                made[name].append(value)
            else:
                made[name] = [made[name], value]
        return made


def _events(element: _Element | None) -> Iterator[_Element]:
    for each in element.children if element else ():
        if each.name in _WRAPPERS:
            yield from _events(each)
        else:
            yield each


def _list_of_events(root: _Element) -> _Element | None:
    body = root.child("EPCISBody")
    results = body and body.child("QueryResults")
    held = (results and results.child("resultsBody")) or body
    return held and held.child("EventList")


def document(data: bytes) -> dict[str, Any]:
    """Converts an EPCIS document, or a single event, to the JSON form. Raises Refused of the code `not_xml`.

    A field that the standard does not know keeps its name, so that the reader of the JSON form refuses it.
    """
    parser = _Parser()
    root = parser.parse(data)
    converter = _Converter(parser.prefixes)
    if not root.namespace and root.name in KINDS:
        event = converter.event(root)
        return {"@context": [_CONTEXT, converter.used]} | event
    if root.namespace or root.name not in _DOCUMENTS:
        raise Refused("not_xml.root")
    events = [converter.event(each) for each in _events(_list_of_events(root))]
    attributes = {name: value for (_, name), value in root.attributes.items()}
    version = attributes.get("schemaVersion", "")
    return {
        "@context": [_CONTEXT, converter.used],
        "type": "EPCISDocument",
        # EPCIS 1 says the same in other wrappings, which are gone here.
        "schemaVersion": "2.0" if version.startswith("1.") else version,
        "creationDate": attributes.get("creationDate", ""),
        "epcisBody": {"eventList": events},
    }

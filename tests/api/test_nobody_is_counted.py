"""No program can put people in an order by thanks: the API's own document says so."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

# What a schema is about: somebody, or a line that names somebody.
IDENTITY = {"given_name", "family_name", "initials", "employee_number", "hue", "person", "name"}
NUMBERS = {"integer", "number"}
# They count nothing: the colour of a face, a name, and a number that is a name.
KNOWN = {"hue", "given_name", "employee_number"}
ORDERING = re.compile(r"order|sort|rank|top|most|least|score|leader|position", re.IGNORECASE)
COUNTING = re.compile(r"count|number|total|score|rank|received|given|thank|point", re.IGNORECASE)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    import json

    path = tmp_path_factory.mktemp("schema") / "openapi.json"
    call_command("spectacular", "--format", "openapi-json", "--file", str(path))
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def own_paths(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        if re.search(r"/(kudos|people|units|sites|values)\b", path):
            for method, told in methods.items():
                yield path, method, told


def schemas(
    document: dict[str, Any], whole: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema that ``document`` leads to, with its name."""
    seen: set[str] = set()
    waiting = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                found = whole["components"]["schemas"][name]
                yield name, found
                waiting.append(found)


def is_about_somebody(name: str, schema: dict[str, Any]) -> bool:
    fields = set(schema.get("properties", {}))
    return bool(re.search(r"Person|Face|Receiver|Colleague", name)) or len(IDENTITY & fields) > 1


def numbers_of(schema: dict[str, Any]) -> set[str]:
    return {
        field
        for field, told in schema.get("properties", {}).items()
        if (told.get("type") in NUMBERS or COUNTING.search(field)) and field not in KNOWN
    }


def test_no_parameter_orders_people_or_thanks(document: dict[str, Any]) -> None:
    ordering = [
        (path, parameter["name"])
        for path, _method, told in own_paths(document)
        for parameter in told.get("parameters", [])
        if ORDERING.search(parameter["name"])
    ]
    assert ordering == []
    assert len(list(own_paths(document))) > 10


def test_nothing_that_tells_of_somebody_has_a_number(document: dict[str, Any]) -> None:
    found = {
        name: sorted(numbers_of(schema))
        for path, _method, told in own_paths(document)
        for name, schema in schemas(told, document)
        if is_about_somebody(name, schema)
    }
    assert {"Face", "Person"} <= set(found)
    assert {name: fields for name, fields in found.items() if fields} == {}


def test_coverage_and_nudge_have_no_address_for_programs(document: dict[str, Any]) -> None:
    assert [path for path in document["paths"] if re.search(r"coverage|nudge|ring", path)] == []


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("Person", {"properties": {"kudos_count": {"type": "integer"}}}),
        ("Anything", {"properties": {"initials": {}, "hue": {}, "score": {"type": "number"}}}),
        ("Face", {"properties": {"thanks_received": {"type": "string"}}}),
    ],
)
def test_this_test_would_notice(name: str, schema: dict[str, Any]) -> None:
    assert is_about_somebody(name, schema)
    assert numbers_of(schema) != set()

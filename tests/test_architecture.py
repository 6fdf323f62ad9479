"""The house rules that a machine can check: floors, order inside a room, imports at the top."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSES = ("engagement", "kudos", "surveys", "events")
SKIPPED = {"migrations", "__pycache__", "static", "locale"}

# The longest name that fits decides. A room imports from lower floors and from itself only.
FLOORS = {
    "engagement.blurring": 0,
    "engagement.keys": 0,
    "engagement.text": 0,
    "engagement.times": 0,
    "engagement.files": 0,
    "engagement.environment": 0,
    "engagement.logs": 0,
    "engagement.http": 0,
    "engagement.clock": 0,
    "surveys.protocol": 0,
    "surveys.ballots": 0,
    "engagement.people": 1,
    "engagement.live": 2,
    "engagement.notices": 2,
    "engagement.api": 2,
    "engagement.themes": 2,
    "surveys": 3,
    "kudos": 3,
    "events": 3,
    "engagement.wallboards": 4,
    "engagement": 5,
}
# The room of REST resources of people comes after the services: it speaks their common language.
EXCEPTIONS = {
    ("engagement.people.api", "engagement.api"): "resources are written with the API's own words",
}
# Inside a room, downwards only: a file imports those to its left.
ORDER = [
    "models",
    "access",
    "queries",
    "actions",
    "forms",
    "api",
    "views",
    "consumers",
    "tasks",
    "urls",
]
RANK = {name: place for place, name in enumerate(ORDER)} | {"api": 4}


def modules() -> Iterator[tuple[str, Path]]:
    for house in HOUSES:
        for path in sorted((ROOT / house).rglob("*.py")):
            if not SKIPPED & set(path.parts):
                parts = path.relative_to(ROOT).with_suffix("").parts
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


def imports_of(path: Path) -> Iterator[str]:
    """Every module or name that a file imports, in full."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def room_of(module: str) -> str | None:
    fitting = [room for room in FLOORS if module == room or module.startswith(room + ".")]
    return max(fitting, key=len, default=None)


def own_imports(path: Path) -> Iterator[str]:
    return (name for name in imports_of(path) if name.split(".")[0] in HOUSES)


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_lower_floors_only(module: str) -> None:
    room = room_of(module)
    assert room is not None
    too_high = []
    for name in own_imports(MODULES[module]):
        other = room_of(name)
        assert other is not None
        if other == room or FLOORS[other] < FLOORS[room]:
            continue
        if FLOORS[room] == FLOORS[other] in (0, 2, 5) or (module, other) in EXCEPTIONS:
            continue
        too_high.append(name)
    assert too_high == []


BALLOT_BOX = [name for name in MODULES if name.startswith(("surveys.ballots", "surveys.protocol"))]


@pytest.mark.parametrize("module", BALLOT_BOX)
def test_ballot_box_knows_nothing_of_people(module: str) -> None:
    """No Django, no sessions, no accounts: what is not imported cannot be asked for."""
    names = set(imports_of(MODULES[module]))
    assert [name for name in names if name.split(".")[0] in {"django", "engagement"}] == []
    own = [name for name in own_imports(MODULES[module]) if name != "surveys"]
    assert [
        name for name in own if not name.startswith(("surveys.ballots", "surveys.protocol"))
    ] == []


@pytest.mark.parametrize("module", MODULES)
def test_file_imports_only_what_stands_before_it_in_its_room(module: str) -> None:
    room = room_of(module)
    assert room is not None

    def rank(name: str) -> int | None:
        inside = name.removeprefix(room + ".").split(".")[0]
        return RANK.get(inside) if room_of(name) == room else None

    mine = rank(module)
    if mine is None:
        return
    later = [name for name in own_imports(MODULES[module]) if (rank(name) or 0) > mine]
    assert later == []


@pytest.mark.parametrize("module", MODULES)
def test_imports_stand_at_the_top(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text())
    nested = [
        node.lineno
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(outer)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    # Django asks for this one: the checks register when the apps are ready.
    assert nested == [] or module == "engagement.apps"


@pytest.mark.parametrize(
    "module", [name for name in MODULES if ".views" in name or name.endswith("devices")]
)
def test_views_are_short(module: str) -> None:
    """Get, act, answer."""
    tree = ast.parse(MODULES[module].read_text())
    long = []
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        body = node.body[1:] if ast.get_docstring(node) else node.body
        lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
        if lines > 25:
            long.append((node.name, lines))
    assert long == []


def test_no_room_speaks_by_signals() -> None:
    users = [
        name
        for name, path in MODULES.items()
        if any(
            one.startswith("django.dispatch") or one == "django.db.models.signals"
            for one in imports_of(path)
        )
    ]
    assert users == []


def test_models_do_not_override_save() -> None:
    overriding = [
        f"{name}.{node.name}"
        for name, path in MODULES.items()
        if ".models" in name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(one, ast.FunctionDef) and one.name == "save" for one in node.body)
    ]
    assert overriding == []


def test_serializers_and_forms_do_not_write() -> None:
    """A form and a serializer translate; the action writes."""
    writing = []
    for name, path in MODULES.items():
        if name.split(".")[-1] not in ("forms", "api"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_call and node.func.attr in ("save", "delete", "bulk_create", "update_or_create"):
                writing.append(f"{name}:{node.lineno}")
    assert writing == []

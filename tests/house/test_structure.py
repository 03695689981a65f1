"""The building: which floor may import which, which doors a room may have, and that rules are pure."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HUB = Path(__file__).parents[2] / "src" / "hub"
ROOMS = sorted(path.parent for path in HUB.glob("*/__init__.py"))
DOORS = {"__init__", "rules", "tables", "queries", "changes", "forms", "pages", "hooks", "jobs"}
NOUNS = {
    "actions": {"extending", "giving", "lists"},
    "agencies": {"identity", "passwords"},
    "audit": {"sentences"},
    "calendars": {"busy", "feeds"},
    "calling": {"answering", "listing", "subscribing"},
    "calendar_view": {"paper", "week", "month", "year"},
    "cases": {"steering"},
    "chronology": {"gathering", "picture", "timeline"},
    "clashes": {
        "detecting",
        "fhir",
        "files",
        "gathering",
        "guarding",
        "loading",
        "marks",
        "records",
        "rulebook",
        "together",
        "told",
        "visits",
        "wording",
    },
    "conferences": {"answers", "invitations", "series"},
    "deciding": {"register"},
    "events": {"leaves", "listener", "looks"},
    "interventions": {
        "bringing",
        "carrying",
        "csv_rows",
        "guarding",
        "importing",
        "incoming",
        "placing",
        "plans",
        "recurrence",
        "sent",
        "series",
        "typed",
    },
    "invitations": {"entries", "replies"},
    "involvement": {"signals"},
    "ledger": {"held", "notes", "verifying"},
    "live": {"streams"},
    "minutes": {"after", "agenda", "closing", "printing", "room", "weighing", "wording"},
    "notices": {"letters"},
    "outcomes": {"charts"},
    "outside": {"fetching", "signatures", "mail"},
    "people": {"cleaning", "identifiers", "matching"},
    "problems": {"proposals"},
    "referrals": {"contract", "filing", "opening"},
    "requests": {"wording", "asking"},
    "board": {"answers", "waiting"},
    "sharing": {"scope"},
    "retention": {"certificates", "tombstones"},
}
NOT_ROOMS = {"seeding"}


def test_each_floor_imports_only_from_below() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-cache"], capture_output=True, text=True, cwd=HUB.parents[1])
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("room", [room for room in ROOMS if room.name not in NOT_ROOMS], ids=lambda room: room.name)
def test_a_room_has_only_known_doors(room: Path) -> None:
    files = {path.stem for path in room.glob("*.py")}
    assert files <= DOORS | NOUNS.get(room.name, set())


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_only_the_edge_commits() -> None:
    """A commit stands in database.py; elsewhere it is asked for by name, in the two places that must."""
    asking = {
        path.relative_to(HUB).as_posix()
        for path in HUB.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    }
    assert asking <= {"database.py", "outside/mail.py"}


def test_only_the_edge_asks_the_time() -> None:
    """Rules, queries and changes are told the moment, so that they can be tried at any."""
    for name in ("rules", "queries", "changes", "tables", "forms"):
        for path in HUB.glob(f"*/{name}.py"):
            source = path.read_text(encoding="utf-8")
            assert "clock.now(" not in source and "clock.today(" not in source, path


RECORDED_ELSEWHERE = {
    "actions/path_of": "changes nothing",
    "actions/give": "is recorded by `assign`",
    "actions/arm": "part of giving an action or changing its day",
    "minutes/add_point": "is recorded by `set_agenda`",
    "minutes/lay_agenda": "is recorded by `set_agenda`",
    "minutes/begin": "is recorded by conferences, and the agenda by `set_agenda` and `next_item`",
    "notices/rearm_reminder": "part of giving an action or changing its day",
    "notices/write": "the change that it tells about is recorded; the letter is when it is sent",
    "notices/set_reminder": "part of calling the conference",
    "escalations/agree": "settles, and is recorded by `_settle`",
    "escalations/decide": "settles, and is recorded by `_settle`",
    "escalations/not_agreed": "is recorded by `climb`",
    "notices/drop_reminders": "part of moving or cancelling the conference",
    "people/settle": "part of entering people",
    "people/involve": "part of opening a case or receiving a referral",
    "cases/note_look": "the look is recorded by the page",
    "clashes/settle": "records each clash found or closed through `_find` and `close`",
    "conferences/check_called": "changes nothing",
    "conferences/conflict_of": "changes nothing",
    "conferences/draft": "changes nothing yet",
    "conferences/ask": "part of calling a conference",
    "conferences/tell": "part of calling, moving or cancelling a conference",
    "conferences/set_reminder": "part of calling a conference",
    "conferences/invited_rows": "changes nothing",
    "conferences/chair_of": "changes nothing",
    "conferences/shift": "part of moving a conference",
    "conferences/call_off": "part of cancelling a conference",
    "invitations/tell": "part of calling, moving or cancelling a meeting",
    "calendars/address_of": "changes nothing",
    "sittings/path_of": "changes nothing",
    "sittings/occasion_of": "changes nothing",
    "sittings/reached": "changes nothing",
    "interventions/mark_checked": "what the rules found is recorded by clashes",
    "referrals/digest_of": "changes nothing",
    "referrals/lock_undecided": "changes nothing",
    "events/record": "is the ledger itself",
    "disclosures/give": "the act that shares is recorded where it happens",
    "contributions/share_earlier": "each share is recorded by the disclosure ledger",
    "contributions/share_with_guest": "each share is recorded by the disclosure ledger",
    "drafts/keep": "a draft has been said to nobody; it is recorded when it is sent",
    "drafts/keep_refused": "a draft has been said to nobody",
    "drafts/discard": "a draft has been said to nobody",
    "minutes/take_back": "taking an opening back is recorded by conferences",
    "handovers/let_go": "ending the account is recorded by agencies",
    "roles/change": "the change is recorded by agencies",
    "handovers/move": "moving the account is recorded by agencies",
    "ledger/entry_hash": "changes nothing",
    "ledger/seal": "seals the ledger itself, which would never end",
    "ledger/sign": "signs the ledger itself",
    "retention/dispose_now": "is recorded by `carry_out`",
    "retention/next_round": "changes nothing",
}


def changes() -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    found = []
    for path in HUB.glob("*/changes.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [
            (f"{path.parent.name}/{node.name}", node)
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
        ]
    return found


@pytest.mark.parametrize(("name", "function"), changes(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_change_is_recorded_once(name: str, function: ast.AST) -> None:
    """Each public function of a changes.py writes the ledger once on each path, or is listed above with the reason."""
    calls = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record"
    ]
    if name in RECORDED_ELSEWHERE:
        assert not calls or name == "events/record"
    elif name in {"referrals/open_envelope", "clashes/close"}:
        # One path records that the revision came too late, the other records what was applied; a clash is told to
        # each case that it touches.
        assert calls
    else:
        assert len(calls) == 1


@pytest.mark.parametrize("path", sorted(HUB.rglob("*.py")), ids=lambda path: path.relative_to(HUB).as_posix())
def test_every_module_says_what_is_found_there(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "no docstring"


def test_no_query_is_made_of_strings() -> None:
    """SQL with a value inside it is how injection begins: text() and execute() take constants only."""
    for path in HUB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
                "text",
                "exec_driver_sql",
            ):
                for argument in node.args[:1]:
                    if isinstance(argument, ast.JoinedStr):
                        names = {
                            part.value.id
                            for part in argument.values
                            if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name)
                        }
                        assert names <= {"SCHEMA", "IN_FLIGHT_SECONDS"}, f"{path}: {names}"

"""The `hub` command: each does what it says, and a refusal is one sentence and a 1."""

import asyncio
import fcntl
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub import __main__ as command
from hub.config import HOME, settings
from hub.embedded import EmbeddedPostgres
from hub.migrating import newest_revision
from tests.conftest import committed, execute, rows
from tests.makers import make_world

Run = Callable[..., tuple[int, str, str]]
VERSION = "SELECT version_num FROM hub.alembic_version"


@pytest.fixture
def run(module_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs `hub …` against a database of our own; its exit code, and what it said on both streams."""
    monkeypatch.setenv("HUB_DATABASE_URL", module_database)
    monkeypatch.setenv("HUB_MIGRATE_DATABASE_URL", module_database)
    settings.cache_clear()

    def run(*words: str, **environment: str) -> tuple[int, str, str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        monkeypatch.setattr("sys.argv", ["hub", *words])
        with pytest.raises(SystemExit) as ended:
            command.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    yield run
    settings.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def partnership(module_database: str) -> None:
    async def found() -> None:
        async with committed(module_database) as maker, maker() as session:
            await make_world(session)
            await session.commit()

    asyncio.run(found())


def asked(url: str, sql: str) -> list[tuple[object, ...]]:
    async def ask() -> list[tuple[object, ...]]:
        async with committed(url) as maker, maker() as session:
            return await rows(session, sql)

    return asyncio.run(ask())


def test_a_partnership_is_founded_with_its_agencies_and_its_first_worker(
    run: Run, own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = ("workers", "add", "ada@police.example", "--name", "Ada Sample", "--agency", "police", "--profession", "PC")
    password = {"HUB_NEW_PASSWORD": "seven quiet bicycles", "HUB_DATABASE_URL": own_database}
    code, _, trouble = run(*ada, **password)
    assert code == 1 and "There is none yet" in trouble and "hub agencies add" in trouble
    assert run("found", "Southdale Hub", "--prefix", "southdale")[0] == 1
    assert run("found", "Southdale Hub", "--prefix", "SD")[0] == 0
    assert "already" in run("found", "Another Hub", "--prefix", "AH")[2]
    police = ("agencies", "add", "Southdale Police", "--slug", "police", "--mark", "POL")
    code, _, trouble = run(*police, "--sector", "constabulary")
    assert code == 1 and "police, health" in trouble
    assert run(*police, "--sector", "police", "--desk")[0] == 0
    assert "Southdale Police has this name already" in run(*police, "--sector", "police")[2]
    assert run("agencies", "list")[1].split() == [
        "police",
        "POL",
        "police",
        "Southdale",
        "Police,",
        "at",
        "the",
        "desk",
    ]
    assert run(*ada, **password)[0] == 0
    assert asked(own_database, "SELECT name, reference_prefix FROM partnership") == [("Southdale Hub", "SD")]


def test_a_system_is_added_listed_rotated_and_suspended(run: Run) -> None:
    code, said, _ = run("systems", "add", "nhs-trust", "--agency", "health")
    assert code == 0 and said.startswith("source  src_") and "secret  whsec_" in said
    assert "nhs-trust" in run("systems", "list")[1]
    code, again, _ = run("systems", "rotate", "nhs-trust")
    assert code == 0 and again.startswith("secret  whsec_") and again.split()[1] not in said
    for words, state in ((["suspend", "nhs-trust"], "suspended"), (["suspend", "nhs-trust", "--lift"], "live")):
        assert run("systems", *words)[0] == 0
        line = next(line for line in run("systems", "list")[1].splitlines() if line.startswith("nhs-trust"))
        assert line.endswith(state)


@pytest.mark.parametrize(
    "words",
    [("systems", "rotate", "nobody"), ("systems", "add", "x", "--agency", "nowhere"), ("workers", "password", "a@b.example")],
)  # fmt: skip
def test_what_is_not_there_is_said_in_a_sentence(words: tuple[str, ...], run: Run) -> None:
    code, said, trouble = run(*words, HUB_NEW_PASSWORD="a long enough invented one")
    assert (code, said) == (1, "") and trouble.count("\n") == 1 and "Traceback" not in trouble


def test_a_worker_is_added_and_a_weak_password_is_refused(run: Run, module_database: str) -> None:
    told = (
        "workers",
        "add",
        "ada@health.example",
        "--name",
        "Ada Sample",
        "--agency",
        "health",
        "--profession",
        "Nurse",
    )
    code, _, trouble = run(*told, HUB_NEW_PASSWORD="ada sample")
    assert code == 1 and "15" in trouble
    assert run(*told, HUB_NEW_PASSWORD="seven quiet bicycles")[0] == 0
    found = asked(module_database, "SELECT password_hash LIKE '$argon2id$%' FROM worker WHERE name = 'Ada Sample'")
    assert found == [(True,)]
    assert run("workers", "password", "ADA@health.example", HUB_NEW_PASSWORD="eight quiet bicycles")[0] == 0


def test_a_newer_schema_is_left_alone(run: Run, admin_url: str, module_database: str) -> None:
    assert run("migrate")[0] == 0
    asyncio.run(execute(module_database, "UPDATE hub.alembic_version SET version_num = '9999_of_tomorrow'"))
    code, _, trouble = run("migrate")
    assert code == 1 and "9999_of_tomorrow" in trouble and "newer" in trouble
    assert run("check", HUB_BASE_URL="https://hub.example", HUB_DEMO="false")[0] == 1
    assert asked(module_database, VERSION) == [("9999_of_tomorrow",)]
    asyncio.run(execute(module_database, f"UPDATE hub.alembic_version SET version_num = '{newest_revision()}'"))  # noqa: S608


def test_the_check_has_one_line_for_each_finding(run: Run) -> None:
    code, said, _ = run("check", HUB_BASE_URL="https://hub.example", HUB_DEMO="false")
    assert code == 0, said
    assert {line.split()[0] for line in said.splitlines()} <= {"ok", "warning"}
    assert "warning the service logs in as postgres" in said
    assert run("check", HUB_BASE_URL="http://hub.example")[0] == 1


def test_a_database_that_does_not_answer_is_said_in_a_sentence(run: Run) -> None:
    nowhere = "postgresql://hub_app:secret@127.0.0.1:1/hub"
    code, _, trouble = run("systems", "list", HUB_DATABASE_URL=nowhere)
    assert code == 1 and trouble.count("\n") == 1 and "secret" not in trouble


def test_clashes_are_found_in_a_file(run: Run, tmp_path: Path) -> None:
    visit = {
        "kind": "V.HV",
        "agency": "health",
        "people": ["p1"],
        "start": "2026-03-12T10:00",
        "end": "2026-03-12T11:00",
    }
    records = [{"id": "a", **visit}, {"id": "b", **visit, "agency": "council", "start": "2026-03-12T10:30"}]
    file = tmp_path / "records.json"
    file.write_text(json.dumps({"now": "2026-03-10", "records": records, "links": []}))
    code, said, _ = run("clashes", "check", str(file))
    assert code == 0 and [one["rule"] for one in json.loads(said)] == ["R05"]
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert run("clashes", "check", str(file))[:2] == (0, said), "a spreadsheet writes a mark before the text"
    file.write_text("[")
    assert run("clashes", "check", str(file))[0] == 2


def test_the_file_of_an_invented_week_shows_what_is_found(run: Run) -> None:
    code, said, _ = run("clashes", "check", str(HOME / "fixtures/clashes/one-week.json"))
    assert code == 0 and [one["rule"] for one in json.loads(said)] == ["R04", "R03", "R05"]


def test_without_a_database_of_its_own_a_command_takes_that_of_the_demonstration_that_runs(
    run: Run, module_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "k" * 40)
    here = {"HUB_DATABASE_URL": "", "HUB_DATA_DIR": str(tmp_path)}
    code, _, said = run("systems", "list", **here)
    assert code == 1 and f"No demonstration is running in {tmp_path}" in said and "make run" in said
    (tmp_path / "secrets.json").write_text(json.dumps({"logins": {"hub_app": "x"}, "secret_key": "k" * 40}))
    (tmp_path / "lock").touch()
    assert run("systems", "list", **here)[0] == 1, "a folder that nobody holds is no running demonstration"
    monkeypatch.setattr(EmbeddedPostgres, "url", lambda self, role: module_database if role == "hub_app" else "")
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run("systems", "list", **here)[0] == 0

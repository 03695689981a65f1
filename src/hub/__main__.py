"""The `hub` command. Every command says what it does with `--help`, and ends with 0 when it did it.

Each command imports what it works with when it runs: sending a message must not wait for the whole house to be built.
"""

import asyncio
import gc
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from hub.config import settings
from hub.errors import CannotRun, HubError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from hub.agencies.tables import Agency

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
systems_app = typer.Typer(no_args_is_help=True, help="Sending systems and their secrets.")
agencies_app = typer.Typer(no_args_is_help=True, help="The agencies of the partnership.")
workers_app = typer.Typer(no_args_is_help=True, help="Workers' accounts.")
clashes_app = typer.Typer(no_args_is_help=True, help="The clash rules.")
app.add_typer(agencies_app, name="agencies")
app.add_typer(systems_app, name="systems")
app.add_typer(workers_app, name="workers")
audit_app = typer.Typer(no_args_is_help=True, help="The ledger: whether it is whole, and who signs for it.")
mail_app = typer.Typer(no_args_is_help=True, help="Mail that comes to the Hub.")
app.add_typer(mail_app, name="mail")
app.add_typer(clashes_app, name="clashes")
app.add_typer(audit_app, name="audit")

Result = TypeVar("Result")


def _with_database(do: Callable[["AsyncSession"], Awaitable[Result]]) -> Result:
    """Does something in one transaction of the service's own role."""
    from hub.database import SERVICE, service_engine, session_maker, transaction

    async def run() -> Result:
        engine = service_engine(settings().database_url)
        try:
            async with transaction(session_maker(engine, acting=SERVICE)) as session:
                return await do(session)
        finally:
            await engine.dispose()

    if not settings().database_url:
        _use_the_demonstration()
    with _what_the_database_says():
        return asyncio.run(run())


def _use_the_demonstration() -> None:
    """Takes the database and the secret of the demonstration that runs in the data folder. Raises CannotRun."""
    from hub.embedded import EmbeddedPostgres

    folder = settings().data_dir.absolute()
    postgres = EmbeddedPostgres(folder)
    if not postgres.is_running:
        raise CannotRun(
            f"No demonstration is running in {folder}. Start it with `make run`, name its folder in HUB_DATA_DIR, or "
            "set HUB_DATABASE_URL to the Hub's database."
        )
    os.environ["HUB_DATABASE_URL"] = postgres.url("hub_app")
    os.environ.setdefault("HUB_SECRET_KEY", postgres.secret_key)
    settings.cache_clear()


@contextmanager
def _what_the_database_says() -> Iterator[None]:
    """Tells a refusal of the database by its kind: its own words could hold what was to be written."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as problem:
        raise CannotRun(f"The database refused: {type(problem.orig).__name__}. Run `hub check`.") from problem


@app.command("demo")
def demo_command(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8000,
    data_dir: Annotated[Path | None, typer.Option(help="Where its data is kept.")] = None,
    workers: Annotated[int, typer.Option(help="How many processes serve.")] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what was there and start over.")] = False,
) -> None:
    """Starts everything on this machine: PostgreSQL, the demonstration partnership, and the board."""
    gc.disable()  # what is imported from here on stays; `serving.application` lets the collector begin
    from hub import demo

    with _what_the_database_says():
        demo.run(host=host, port=port, data_dir=data_dir, workers=workers, fresh=fresh)


@app.command()
def serve() -> None:
    """Serves the Hub against HUB_DATABASE_URL."""
    from hub import serving

    settings().refuse_unsafe()
    serving.serve()


@app.command()
def migrate() -> None:
    """Brings the database's schema up to date; refuses one that a newer Hub has made."""
    from hub import migrating

    if not settings().migrate_url:
        raise CannotRun("Set HUB_DATABASE_URL (and HUB_MIGRATE_DATABASE_URL where another login changes the schema).")
    with _what_the_database_says():
        migrating.migrate(asyncio.run(migrating.current_revision(settings().migrate_url)))
    print(f"The schema is at {migrating.newest_revision()}.")


@app.command()
def seed() -> None:
    """Loads the demonstration partnership of fixtures/ into an empty Hub."""
    from hub import demo

    print(_with_database(demo.seed))


@app.command()
def found(
    name: Annotated[str, typer.Argument(help="What the partnership is called, such as “Northvale Hub”.")],
    prefix: Annotated[str, typer.Option(help="The capital letters that begin each reference, such as NV.")],
    desk_phone: Annotated[str, typer.Option(help="The number of its desk, for every error page.")] = "",
) -> None:
    """Founds the partnership of an empty Hub. Next come `hub agencies add` and `hub workers add`."""
    from hub import clock
    from hub.agencies import changes
    from hub.events.rules import HUB

    async def do(session: "AsyncSession") -> None:
        told = {"name": name, "reference_prefix": prefix, "desk_phone": desk_phone}
        await changes.found_partnership(session, **told, by=HUB, at=clock.now())

    _with_database(do)


# --- Agencies ---------------------------------------------------------------------------------------------------


@agencies_app.command("list")
def list_agencies() -> None:
    """Lists the agencies, each with its short name."""
    from hub.agencies import queries

    async def do(session: "AsyncSession") -> None:
        for one in await queries.agencies(session):
            print(f"{one.slug:20} {one.mark:5} {one.sector:20} {one.name}{', at the desk' if one.triages else ''}")

    _with_database(do)


@agencies_app.command("add")
def add_agency(
    name: Annotated[str, typer.Argument(help="Its whole name, such as “Northvale Police”.")],
    slug: Annotated[str, typer.Option(help="Its short name in addresses and commands, such as police.")],
    mark: Annotated[str, typer.Option(help="Two to four letters that stand for it, such as POL.")],
    sector: Annotated[str, typer.Option(help="police, health, probation, social-care, education, housing, …")],
    colour: Annotated[int, typer.Option(help="The colour of its lane, 1 to 8; by default the next.")] = 0,
    desk: Annotated[
        bool, typer.Option("--desk", help="It sits at the desk: it sees and decides every referral.")
    ] = False,
    statutory: Annotated[bool, typer.Option(help="Whether a statute makes it a partner.")] = True,
    phone: Annotated[str, typer.Option(help="The number of its own desk.")] = "",
) -> None:
    """Brings an agency into the partnership."""
    from hub import clock
    from hub.agencies import changes, queries
    from hub.agencies.tables import Agency
    from hub.events.rules import HUB

    async def do(session: "AsyncSession") -> None:
        place = 1 + len(await queries.agencies_by_id(session))
        agency = Agency(
            name=name,
            slug=slug,
            mark=mark,
            sector=sector,
            colour=colour or (place - 1) % 8 + 1,
            triages=desk,
            statutory=statutory,
            desk_phone=phone,
            place=place,
        )
        await changes.add_agency(session, agency, by=HUB, at=clock.now())

    _with_database(do)


async def _agency(session: "AsyncSession", slug: str) -> "Agency":
    """The agency with a short name. Raises CannotRun with those that there are."""
    from hub.agencies import queries

    known = {one.slug: one for one in await queries.agencies(session)}
    if slug not in known:
        there = (
            f"There are: {', '.join(known)}." if known else "There is none yet: bring one in with `hub agencies add`."
        )
        raise CannotRun(f"No agency has the short name {slug}. {there}")
    return known[slug]


@app.command()
def send(
    file: Annotated[Path, typer.Argument(help="The event, as JSON.", exists=True, dir_okay=False)],
    system: Annotated[
        str, typer.Option(help="A system of the demonstration: police-ppu, nhs-trust, probation, council-csc.")
    ] = "",
    to: Annotated[str, typer.Option(help="The Hub's address.")] = "",
    source: Annotated[str, typer.Option(help="The sending system's own source, with --secret.")] = "",
    secret: Annotated[str, typer.Option(help="Its secret, whsec_….")] = "",
    new: Annotated[bool, typer.Option("--new", help="Send it as a new referral: a new id and reference.")] = False,
) -> None:
    """Signs and posts a referral the way an agency's system would; prints the status and the receipt."""
    from hub import sending

    body = file.read_bytes()
    try:
        event = json.loads(body)
        if new:
            event = sending.renewed(event)
            body = json.dumps(event).encode()
        message_id = str(event["id"])
    except (ValueError, KeyError, TypeError):
        message_id = "msg_" + os.urandom(8).hex()  # sent as it is, so that one can see what the Hub answers
    sender = sending.Sender(source, secret) if source and secret else sending.demo_sender(system)
    answer = sending.post(body, message_id=message_id, sender=sender, to=to or settings().address)
    print(answer.status_code)
    print(json.dumps(answer.json(), indent=1) if "json" in answer.headers.get("content-type", "") else answer.text)
    raise typer.Exit(0 if answer.is_success else 1)


@app.command()
def check() -> None:
    """Looks over the configuration and the database: one line for each finding, 1 when any is an error."""
    from hub import checking

    findings = asyncio.run(checking.findings())
    for finding in findings:
        print(f"{finding.level:7} {finding.words}")
    raise typer.Exit(1 if any(finding.level == "error" for finding in findings) else 0)


# --- Systems ----------------------------------------------------------------------------------------------------


@systems_app.command("list")
def list_systems() -> None:
    """Lists the sending systems."""

    from hub.agencies import queries

    async def do(session: "AsyncSession") -> None:
        names = await queries.agencies_by_id(session)
        for one in await queries.systems(session):
            state = "removed" if one.removed_at else "suspended" if one.suspended_at else "live"
            print(f"{one.name:20} {one.source:22} {names[one.agency_id].slug:20} {state}")

    _with_database(do)


@systems_app.command("add")
def add_system(
    name: Annotated[str, typer.Argument(help="What to call it here.")],
    agency: Annotated[str, typer.Option(help="The agency's short name in addresses.")],
) -> None:
    """Lets a system of an agency send referrals; prints its source and its secret, which is shown only now."""
    from hub import clock
    from hub.agencies import changes
    from hub.events.rules import HUB

    async def do(session: "AsyncSession") -> None:
        owner = await _agency(session, agency)
        added, secret = await changes.add_system(session, agency_id=owner.id, name=name, by=HUB, at=clock.now())
        print(f"source  {added.source}\nsecret  {secret}")

    _with_database(do)


@systems_app.command("rotate")
def rotate_system(name: str) -> None:
    """Makes a new secret; the old one goes on working for thirty days."""
    from hub import clock
    from hub.agencies import changes, queries
    from hub.events.rules import HUB

    async def do(session: "AsyncSession") -> None:
        system = await queries.system_by_name(session, name)
        if system is None:
            raise HubError(f"There is no system {name}.")
        print(f"secret  {await changes.rotate_key(session, system, by=HUB, at=clock.now())}")

    _with_database(do)


@systems_app.command("suspend")
def suspend_system(name: str, lift: Annotated[bool, typer.Option("--lift", help="Let it send again.")] = False) -> None:
    """Stops a system for now (or lets it send again); what it sends meanwhile can be sent again later."""
    from hub import clock
    from hub.agencies import changes, queries
    from hub.events.rules import HUB

    async def do(session: "AsyncSession") -> None:
        system = await queries.system_by_name(session, name)
        if system is None:
            raise HubError(f"There is no system {name}.")
        act = changes.resume_system if lift else changes.suspend_system
        await act(session, system, by=HUB, at=clock.now())

    _with_database(do)


# --- Workers ----------------------------------------------------------------------------------------------------


@workers_app.command("add")
def add_worker(
    email: str,
    name: Annotated[str, typer.Option()],
    agency: Annotated[str, typer.Option(help="The agency's short name in addresses.")],
    profession: Annotated[str, typer.Option()],
    role: Annotated[list[str], typer.Option(help="frontline, leader, coordinator, administrator or guardian.")] = [
        "frontline"
    ],
) -> None:
    """Adds a worker, and asks for their password."""
    from hub import clock
    from hub.agencies import changes, passwords
    from hub.agencies.tables import Worker
    from hub.events.rules import HUB

    password = _ask_password((name, email))

    async def do(session: "AsyncSession") -> None:
        owner, at = await _agency(session, agency), clock.now()
        worker = Worker(
            agency_id=owner.id,
            name=name,
            email=email,
            profession=profession,
            roles=role,
            started_at=at,
            password_hash=await passwords.hashed(password),
            password_set_at=at,
        )
        await changes.add_worker(session, worker, by=HUB, at=at)

    _with_database(do)


@workers_app.command("password")
def set_password(email: str) -> None:
    """Sets a worker's password anew and signs them out everywhere."""
    from hub import clock
    from hub.agencies import changes, passwords, queries
    from hub.events.rules import HUB

    password = _ask_password((email,))

    async def do(session: "AsyncSession") -> None:
        worker = await queries.worker_by_email(session, email)
        if worker is None:
            raise HubError(f"There is no worker {email}.")
        kept = await passwords.hashed(password)
        await changes.set_password(session, worker, password_hash=kept, keep=None, by=HUB, at=clock.now())

    _with_database(do)


@workers_app.command("end")
def end_worker(email: str) -> None:
    """Ends a worker's account; refused, with what is left, while anything in an open case is theirs."""
    from hub import clock
    from hub.agencies import queries
    from hub.events.rules import HUB
    from hub.handovers import changes

    async def do(session: "AsyncSession") -> None:
        worker = await queries.worker_by_email(session, email)
        if worker is None:
            raise HubError(f"There is no worker {email}.")
        await changes.let_go(session, worker, by=HUB, at=clock.now())

    _with_database(do)


def _ask_password(context: tuple[str, ...]) -> str:
    from hub.agencies import passwords, rules

    password = os.environ.get("HUB_NEW_PASSWORD") or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    words = tuple(word for part in context for word in part.replace("@", " ").replace(".", " ").split())
    if problem := rules.password_problem(password, context=words, common=passwords.COMMON):
        raise CannotRun(problem + ".")
    return str(password)


# --- Clashes ----------------------------------------------------------------------------------------------------


@mail_app.command("reply")
def mail_reply_command(
    file: Annotated[Path, typer.Argument(help="A mail with a calendar’s reply, or - for standard input.")],
) -> None:
    """Enters a calendar's answer to an invitation (RFC 5546 REPLY). A mail server pipes each mail to this."""
    from hub import clock
    from hub.calling.answering import refuse_reply, take_reply
    from hub.invitations.replies import LARGEST, read_reply

    if str(file) == "-":
        raw = sys.stdin.buffer.read(LARGEST + 1)
    else:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST + 1)

    async def enter(session: "AsyncSession") -> tuple[bool, str]:
        try:
            return True, await take_reply(session, read_reply(raw), at=clock.now())
        except HubError as refused:
            return False, await refuse_reply(session, refused, at=clock.now())

    taken, words = _with_database(enter)
    if not taken:
        raise CannotRun(words)
    print(words)


@clashes_app.command("check")
def check_clashes(
    file: Annotated[Path, typer.Argument(help="Neutral records, as JSON.", exists=True, dir_okay=False)],
) -> None:
    """Runs the clash rules over a file of records; prints a JSON list. A file that cannot be read ends it with 2."""
    from hub import clock
    from hub.clashes.files import BadRecords, check_file

    try:
        found = check_file(file.read_text(encoding="utf-8-sig"), clock.today())
    except (BadRecords, UnicodeDecodeError) as wrong:
        print(wrong if isinstance(wrong, BadRecords) else "The file is not UTF-8 text.", file=sys.stderr)
        raise typer.Exit(2) from None
    print(json.dumps(found, indent=1, ensure_ascii=False))


# --- The ledger -------------------------------------------------------------------------------------------------


@audit_app.command("verify")
def verify_ledger(
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Checkpoints held elsewhere. Without it, those of HUB_CHECKPOINT_FILE.", exists=True),
    ] = None,
    key: Annotated[
        list[str], typer.Option(help="A public key that signed before HUB_SECRET_KEY was changed; may be repeated.")
    ] = [],
) -> None:
    """Walks the whole ledger: 0 when it is whole; 1 when it is broken, naming the first broken entry."""
    from hub.ledger import notes, verifying
    from hub.ledger.rules import Broken, Walk

    held = settings().held_checkpoints
    file = checkpoint or (held if held.is_file() else None)

    async def do(session: "AsyncSession") -> Walk:
        return await verifying.verify(session, file=file, keys=[notes.read_key(line) for line in key])

    try:
        walked = _with_database(do)
    except (Broken, notes.BadNote) as broken:
        print(f"BROKEN  {broken}")
        raise typer.Exit(1) from None
    outside = f", {file} among them" if file else "; none is held outside the database"
    print(f"whole  {walked.tree.size} entries, {walked.met} checkpoints{outside}")


@audit_app.command("key")
def ledger_key() -> None:
    """Prints the public key that signs the ledger's checkpoints, as partners keep it."""
    from hub.ledger import notes

    print(notes.key_line(notes.origin()))


def main() -> None:
    """Runs the command; what can be said in a sentence is said in one, without a traceback."""
    try:
        app()
    except (HubError, CannotRun) as problem:
        _quit(str(problem))
    except OSError as problem:
        _quit(f"{problem.strerror or problem}")


def _quit(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()

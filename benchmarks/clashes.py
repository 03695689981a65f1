"""How long the clash rules take over a large city: by night over everything, and at each write.

    .venv/bin/python benchmarks/clashes.py [--cases 6500]

A database of its own is made and thrown away: cases of eight live interventions and three or four people, as in a
city of 1.15 million (52,000 interventions). Each figure stands beside its ratio to a reference of the same run: the
night to reading the same interventions as plain rows, a write's check to recording one intervention. Nothing passes
or fails here.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.database import SessionMaker
from hub.embedded import EmbeddedPostgres

WRITES = 150
FILL = (
    # Who is in each case, where they live (one in five people lives elsewhere), and what ties them.
    """INSERT INTO person (id, reference, given_names, family_name, given_key, family_key, born_from, born_to, sex,
        ethnicity_scheme, ethnicity, languages, interpreter, phone, contact_note, school, alert, entered_at)
       SELECT gen_random_uuid(), 'B' || g, '{Ann}', 'Bench', 'ann', 'bench', d, d, '0', '', '', '{}', false, '', '', '',
        '', now() FROM (SELECT g, date '1985-01-01' + (g % 14000) AS d FROM generate_series(0, :people - 1) g) x""",
    """CREATE TEMP TABLE p AS SELECT id, substr(reference, 2)::int AS n FROM person WHERE reference LIKE 'B%'""",
    """CREATE TEMP TABLE c AS SELECT gen_random_uuid() AS id, g AS n FROM generate_series(0, :cases - 1) g""",
    """INSERT INTO case_record (id, reference, person_id, scheme, stage, stage_since, rating_reason, problem,
        problem_agencies, due_code, opened_at, closing_reason)
       SELECT c.id, 'BC-' || c.n, p.id, CASE WHEN c.n % 40 = 0 THEN 'marac' ELSE 'family-help' END, 'new', now(), '',
        '', 0, '', now(), '' FROM c JOIN p ON p.n = c.n * 7 / 2""",
    """INSERT INTO involvement (id, person_id, case_id, roles, since)
       SELECT gen_random_uuid(), p.id, c.id, '{}', now() FROM c JOIN p ON p.n * 2 / 7 = c.n""",
    """CREATE TEMP TABLE a AS SELECT gen_random_uuid() AS id, c.n FROM c""",
    """INSERT INTO address (id, lines, postcode, uprn) SELECT id, '{1 Bench Street}', 'ZZ99 3WZ', '' FROM a""",
    """INSERT INTO residence (id, person_id, address_id, confidential)
       SELECT gen_random_uuid(), p.id, a.id, false FROM p JOIN a ON a.n = p.n * 2 / 7 WHERE p.n % 5 <> 0""",
    """INSERT INTO tie (id, from_id, to_id, kind, parental_responsibility)
       SELECT gen_random_uuid(), p.id, q.id, 'partner', false FROM p JOIN p q ON q.n = p.n - 1 WHERE p.n % 5 = 0""",
    """CREATE TEMP TABLE i AS SELECT gen_random_uuid() AS id, c.id AS case_id, c.n, k,
        (ARRAY['V.HV','P.DRUG','P.PROB','L.CIN','T.OST','A.CFA','V.STAT','P.JCP','R.CURFEW','E.EVICT','L.EH','G.DAPERP',
        'V.PROB','T.PSYCH','P.MH','M.RCPC'])[1 + (c.n * 5 + k * 3) % 16] AS kind,
        date_trunc('day', now()) + ((c.n * 7 + k * 11) % 28 || ' days')::interval
        + ((9 + (c.n + k) % 8) || ' hours')::interval AS at FROM c, generate_series(1, 8) k""",
    """INSERT INTO intervention (id, case_id, agency_id, kind, status, starts_at, ends_at, whole_days, place, mandatory,
        joint, note, repeats, minutes, recorded_at, checked_at, ended_reason, hours_from, hours_to)
       SELECT i.id, i.case_id, agency.id, i.kind, 'planned', at,
        CASE WHEN repeats <> '' OR left(i.kind, 1) IN ('L', 'T', 'A', 'R', 'G') THEN NULL ELSE at + interval '1 hour' END,
        false, '', false, false, '', repeats, CASE WHEN repeats <> '' THEN 60 END, now(), now(), '',
        CASE WHEN i.kind = 'R.CURFEW' THEN time '19:00' END, CASE WHEN i.kind = 'R.CURFEW' THEN time '07:00' END
       FROM (SELECT *, CASE WHEN left(kind, 1) IN ('V', 'P') AND (n + k) % 6 = 0 THEN 'FREQ=WEEKLY' ELSE '' END AS repeats
        FROM i) i
       JOIN (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS n, count(*) OVER () AS many FROM agency) agency
        ON agency.n = (i.n + i.k) % agency.many""",
    """INSERT INTO intervention_person (intervention_id, person_id)
       SELECT i.id, p.id FROM i JOIN p ON p.n * 2 / 7 = i.n AND (p.n + i.k) % 2 = 0""",
    """ANALYZE""",
)


async def filled(session: AsyncSession, cases: int) -> int:
    """Fills the database and says how many interventions stand in it."""
    from hub.agencies import changes as agencies
    from hub.agencies.tables import Agency
    from hub.events.rules import HUB

    await agencies.found_partnership(
        session, name="Bench", reference_prefix="BN", desk_phone="01632 960100", by=HUB, at=clock.now()
    )
    for place, slug in enumerate(("council", "health", "police", "probation", "school", "charity", "housing", "dwp")):
        agency = Agency(slug=slug, name=slug.title(), mark=slug[:3].upper(), colour=place + 1, sector=slug, place=place)
        await agencies.add_agency(session, agency, by=HUB, at=clock.now())
    for statement in FILL:
        values = {
            name: value for name, value in (("people", cases * 7 // 2), ("cases", cases)) if f":{name}" in statement
        }
        await session.execute(text(statement), values)
    await session.commit()
    return int(await session.scalar(text("SELECT count(*) FROM intervention")) or 0)


async def night(maker: SessionMaker) -> tuple[float, float, float]:
    """Seconds for everything by the clock and of this process's own work, and for its reference."""
    from hub.clashes.jobs import check_all
    from hub.interventions.tables import Intervention

    began = time.perf_counter()
    async with maker() as session:
        (await session.execute(select(Intervention.__table__))).all()
    reference = time.perf_counter() - began
    began, worked = time.perf_counter(), time.process_time()
    await check_all(maker, at=clock.now())
    return time.perf_counter() - began, time.process_time() - worked, reference


async def writes(session: AsyncSession, people: list[tuple[object, object, object]]) -> None:
    """What a write costs: recording alone, the look before a booking, and the look at the household after it."""
    from hub.clashes.guarding import refuse_dangerous
    from hub.clashes.jobs import check_household
    from hub.errors import Refused
    from hub.events.rules import Actor
    from hub.interventions import changes, guarding
    from hub.interventions.plans import Planned
    from hub.interventions.rules import When

    guarding._guards.clear()
    alone, before, after = [], [], []
    for number, (case_id, person_id, agency_id) in enumerate(people):
        at = clock.now()
        start = at + timedelta(days=1 + number % 20)
        planned = Planned("V.HV", [person_id], When(start, start + timedelta(hours=1), whole_days=False))
        by = Actor(agency_id=agency_id)
        marks = [time.perf_counter()]
        made = await changes.record_intervention(
            session, case_id=case_id, planned=planned, case_people=[person_id], by=by, at=at
        )
        await session.flush()
        marks.append(time.perf_counter())
        with suppress(Refused):
            await refuse_dangerous(session, made, override="", by=by, at=at)
        marks.append(time.perf_counter())
        await check_household(session, made, at=at)
        await session.flush()
        marks.append(time.perf_counter())
        await session.commit()
        session.expunge_all()
        for told, (one, other) in zip((alone, before, after), pairwise(marks), strict=True):
            told.append((other - one) * 1000)
    reference = statistics.median(alone)
    print(f"\n{'at a write':28} {'median':>8} {'p95':>8}   × recording it")
    for name, taken in (("recording it", alone), ("the look before a booking", before), ("the look after it", after)):
        ordered = sorted(taken)
        print(
            f"{name:28} {statistics.median(ordered):6.1f}ms {ordered[int(len(ordered) * 0.95)]:6.1f}ms"
            f"   × {statistics.median(ordered) / reference:.1f}"
        )


async def measure(url: str, cases: int) -> None:
    from hub.database import SERVICE, service_engine, session_maker

    engine = service_engine(url)
    maker = session_maker(engine, acting=SERVICE)
    async with maker() as session:
        await session.execute(text("SET statement_timeout = 0"))
        count = await filled(session, cases)
        await session.commit()
        for which in ("the first night", "every other night"):
            taken, worked, reference = await night(maker)
            print(
                f"{count:,} live interventions, {which:18} {taken:6.1f} s ({worked:.1f} s of work)"
                f"   × {taken / reference:.1f} reading the rows ({reference:.1f} s)"
            )
        hits = await session.scalar(text("SELECT count(*) FROM clash WHERE closed_at IS NULL"))
        print(f"{hits:,} clashes hold")
        chosen = await session.execute(
            text(
                "SELECT v.case_id, v.person_id, (SELECT id FROM agency ORDER BY slug LIMIT 1) FROM involvement v "
                "ORDER BY v.id LIMIT :many"
            ),
            {"many": WRITES},
        )
        await writes(session, [tuple(row) for row in chosen])
    await engine.dispose()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=6_500)
    folder = Path(tempfile.mkdtemp(prefix="hub-clashes-"))
    postgres = EmbeddedPostgres(folder, durable=False)
    postgres.start()
    try:
        os.environ.update(
            HUB_DATABASE_URL=postgres.url("hub_app"),
            HUB_MIGRATE_DATABASE_URL=postgres.url("hub_migrate"),
            HUB_SECRET_KEY=postgres.secret_key,
        )
        from alembic import command

        from hub import app, migrating

        assert app
        command.upgrade(migrating._config(), "head")
        asyncio.run(measure(postgres.url("hub_app"), asked.parse_args().cases))
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""A real server with the demonstration in it, and a real browser.

The server is `hub demo` in a process of its own, started as a new user starts it. A missing browser is installed,
never skipped: Debian's chromium when we are root on Debian, else Playwright's own.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.conftest import GIVEN_URL, execute, with_database

HOME = Path(__file__).parents[2]
HUB = Path(sys.executable).parent / "hub"
START_SECONDS = 240
PICTURES = Path(__file__).parent / "failures"
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
expect.set_options(timeout=20_000)  # a busy machine is no fault of the page
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


async def unfold(page: Page, name: str) -> None:
    """Opens a part of a page that is folded away, unless it is open."""
    fold = page.locator(f"details#{name}")
    if await fold.get_attribute("open") is None:
        await fold.locator("summary").first.click()


@dataclass
class Hub:
    """The running demonstration."""

    address: str
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]
    output: Path

    def send(self, file: str, *options: str, system: str = "police-ppu") -> subprocess.CompletedProcess[str]:
        """Pushes a referral with the `hub` command."""
        command = [HUB, "send", file, "--system", system, "--to", self.address, *options]
        return subprocess.run(command, capture_output=True, text=True, env=self.environment, cwd=HOME)

    def kill(self) -> None:
        """Ends the process at once, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def start(self) -> None:
        self.process = _launch(self.environment, self.folder, self.address, self.output)
        _wait(self)


def _launch(environment: dict[str, str], folder: Path, address: str, output: Path) -> subprocess.Popen[str]:
    port = address.rsplit(":", 1)[1]
    with output.open("a") as log:
        return subprocess.Popen(
            [HUB, "demo", "--port", port, "--data-dir", folder],
            env=environment,
            cwd=HOME,
            stdout=log,
            stderr=log,
            text=True,
        )


def _wait(hub: Hub) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert hub.process.poll() is None, hub.output.read_text()
        try:
            if httpx.get(f"{hub.address}/readyz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail("the demonstration did not start: " + hub.output.read_text())


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory, admin_url: str) -> Iterator[Hub]:
    """The demonstration on a free port; with HUB_DATABASE_URL given, in a database of its own on that server."""
    folder = tmp_path_factory.mktemp("flows")
    for parent in [folder, *folder.parents][:4]:
        if parent.stat().st_uid == os.getuid() and parent.name.startswith(("flows", "pytest-")):
            parent.chmod(0o711)  # so that PostgreSQL's own user can pass when we are root
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment["HUB_DATA_DIR"] = str(folder)
    if GIVEN_URL:
        name = f"hub_flows_{os.getpid()}"
        asyncio.run(execute(admin_url, f"CREATE DATABASE {name}"))
        environment["HUB_DATABASE_URL"] = with_database(admin_url, name)
    running = Hub(
        address, folder, environment, _launch(environment, folder, address, folder / "output"), folder / "output"
    )
    _wait(running)
    yield running
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(30) == 0, running.output.read_text()
    if GIVEN_URL:
        asyncio.run(execute(admin_url, f"DROP DATABASE {name} WITH (FORCE)"))


def chromium() -> str | None:
    """Where a browser is; installs one when there is none. None means Playwright's own."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.getuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=True)
        return shutil.which("chromium")
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    return None


@pytest.fixture(scope="session")
async def browser_program() -> AsyncIterator[Browser]:
    sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=[*QUIET, *sandbox])
        yield browser
        await browser.close()


@dataclass
class Desk:
    """A worker at a browser: what went wrong in the page is kept, and fails the test at its end."""

    page: Page
    hub: Hub
    troubles: list[str] = field(default_factory=list)

    async def go(self, path: str) -> Page:
        await self.page.goto(self.hub.address + path)
        return self.page


Sit = Callable[..., Any]


@pytest.fixture
async def sit(hub: Hub, browser_program: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Sit]:
    """Seats workers at browsers: `await sit("amina.yusuf")`, each in a browser profile of their own."""
    desks: list[Desk] = []
    contexts: list[BrowserContext] = []

    async def one(worker: str | None, *, size: dict[str, int] = DESKTOP, scripts: bool = True) -> Desk:
        context = await browser_program.new_context(viewport=size, locale="en-GB", java_script_enabled=scripts)  # type: ignore[arg-type]
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(30_000)
        desk = Desk(page, hub)
        page.on("pageerror", lambda error: desk.troubles.append(f"script: {error}"))
        page.on("console", lambda said: desk.troubles.append(said.text) if _is_trouble(said.text) else None)
        desks.append(desk)
        if worker:
            await page.goto(hub.address + "/signin")
            await page.click(f'form:has(input[value="{worker}"]) button')
            await page.wait_for_url(hub.address + "/")
        return desk

    yield one
    failed = getattr(request.node, "failed_call", False)
    for number, desk in enumerate(desks):
        if failed:
            PICTURES.mkdir(exist_ok=True)
            await desk.page.screenshot(path=PICTURES / f"{request.node.name}-{number}.png", full_page=True)
    for context in contexts:
        await context.close()
    assert [trouble for desk in desks for trouble in desk.troubles] == []


def _is_trouble(text: str) -> bool:
    """The content security policy broken, or a script in trouble; a refused form (4xx) is no trouble."""
    return "Content Security Policy" in text or "Uncaught" in text or "htmx:" in text


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call":
        item.failed_call = report.failed  # type: ignore[attr-defined]

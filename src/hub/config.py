"""Settings, read once from the environment; a setting that would be unsafe is refused with the way to mend it."""

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.errors import CannotRun

# The folder that holds src/, web/, migrations/ and fixtures/. The Hub runs from its source tree, here and in the
# image, so that what is read is what runs.
HOME = Path(__file__).resolve().parents[2]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHORTEST_SECRET = 32
KNOWN_SECRETS = frozenset({"changeme", "secret", "change-me-to-a-long-random-value-of-32-letters"})


class UnsafeSetting(CannotRun):
    """A setting that the service must not start with; the message says how to mend it."""


class Settings(BaseSettings):
    """What an operator may set. Each field is the environment variable `HUB_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="HUB_", extra="ignore")

    database_url: str = ""
    """Where the service's data is; unset means the embedded PostgreSQL."""
    migrate_database_url: str = ""
    """The login that changes the schema; unset means the same as `database_url`."""
    data_dir: Path = HOME / ".data"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    secret_key: str = ""
    base_url: str = ""
    smtp_url: str = ""
    """`smtp://user:password@host:port`; unset keeps mail in the in-app outbox."""
    mail_from: str = "hub@hub.example"
    demo: bool = False
    """Demo mode: one-click sign-in and the outbox page. Set by `hub demo`, never in a service with real people."""
    metrics_token: str = ""
    """Lets a monitor elsewhere read /metrics; without it only this machine may."""
    log_level: str = "info"
    """`info` writes a line for each request; `warning` only what needs attention."""
    pool_size: int = 10
    checkpoint_file: Path | None = None
    """Where the ledger's signed checkpoints are held outside the database; unset means in `data_dir`. Another
    machine's disk is best: what its owner cannot reach, an intruder in the database cannot rewrite."""

    @field_validator("database_url", "migrate_database_url")
    @classmethod
    def _through_asyncpg(cls, url: str) -> str:
        for plain in ("postgres://", "postgresql://"):
            if url.startswith(plain):
                return "postgresql+asyncpg://" + url.removeprefix(plain)
        return url

    @property
    def address(self) -> str:
        """The address that people type, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def is_https(self) -> bool:
        return urlsplit(self.address).scheme == "https"

    @property
    def held_checkpoints(self) -> Path:
        """The file that holds the ledger's checkpoints outside the database."""
        return self.checkpoint_file or self.data_dir / "checkpoints.jsonl"

    @property
    def migrate_url(self) -> str:
        return self.migrate_database_url or self.database_url

    def refuse_unsafe(self) -> None:
        """Raises UnsafeSetting unless the service may be shown to real people with these settings."""
        if len(self.secret_key) < SHORTEST_SECRET or self.secret_key.lower() in KNOWN_SECRETS:
            raise UnsafeSetting(
                f"HUB_SECRET_KEY must be set to at least {SHORTEST_SECRET} random letters. "
                "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if not self.database_url:
            raise UnsafeSetting("HUB_DATABASE_URL must name the database: postgresql+asyncpg://user:password@host/hub")
        if not self.is_https and urlsplit(self.address).hostname not in LOOPBACK:
            raise UnsafeSetting(
                "HUB_BASE_URL must be the https address that people type: a session cookie must not cross a network "
                "in the clear."
            )
        if self.demo and urlsplit(self.address).hostname not in LOOPBACK:
            raise UnsafeSetting("HUB_DEMO lets anybody sign in as anybody: it runs on this machine only.")


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()

"""A Hub that is not safe to show to people does not start, and says how to mend it."""

import pytest

from hub.config import Settings, UnsafeSetting

SAFE = {
    "secret_key": "x" * 48,
    "database_url": "postgresql://hub_app@db/hub",
    "migrate_database_url": "",
    "base_url": "https://hub.example",
    "demo": False,
}


def test_the_safe_ones_pass_and_the_database_goes_through_asyncpg() -> None:
    settings = Settings(**SAFE)  # type: ignore[arg-type]
    settings.refuse_unsafe()
    assert settings.database_url == settings.migrate_url == "postgresql+asyncpg://hub_app@db/hub"
    assert settings.is_https


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"secret_key": ""}, "HUB_SECRET_KEY"),
        ({"secret_key": "short"}, "32"),
        ({"secret_key": "change-me-to-a-long-random-value-of-32-letters"}, "HUB_SECRET_KEY"),
        ({"database_url": ""}, "HUB_DATABASE_URL"),
        ({"base_url": "http://hub.example"}, "https"),
        ({"demo": True}, "HUB_DEMO"),
    ],
)
def test_an_unsafe_one_is_refused(changed: dict[str, object], words: str) -> None:
    with pytest.raises(UnsafeSetting, match=words):
        Settings(**SAFE | changed).refuse_unsafe()  # type: ignore[arg-type]


def test_a_demonstration_is_for_this_machine() -> None:
    Settings(**SAFE | {"demo": True, "base_url": "", "host": "127.0.0.1"}).refuse_unsafe()  # type: ignore[arg-type]

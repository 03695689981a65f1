"""What stands in the repository: no addresses of registries, hashes for everything, and nobody who exists."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from hub.clock import today
from hub.people.identifiers import check

HERE = Path(__file__).parents[2]
TRACKED = [
    HERE / name
    for name in subprocess.run(["git", "ls-files"], cwd=HERE, capture_output=True, text=True).stdout.splitlines()
    if (HERE / name).is_file()
]


def test_lock_files_carry_hashes_and_no_addresses() -> None:
    locks = sorted(HERE.glob("requirements*"))
    assert len(locks) == 4
    for lock in locks:
        text = lock.read_text()
        pins = re.findall(r"^[a-z0-9][\w.-]*==", text, re.MULTILINE)
        assert pins and text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text and "--index" not in text
    web = json.loads((HERE / "web" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in web["packages"].items() if name}
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())


def test_no_registry_is_named() -> None:
    hosts = re.compile(r"(pypi|pythonhosted)[.]org|npmjs[.](org|com)|debian[.]org")
    named = [
        path
        for path in TRACKED
        if path.suffix not in (".woff2", ".png") and hosts.search(path.read_text(errors="ignore"))
    ]
    assert [path.name for path in named if path.name != "test_repository.py"] == []


PHONE = re.compile(r"\b0(?:\d[ -]?){9,10}\b")
INVENTED_PHONES = ("01632 960", "07700 900", "0113 496 0", "0161 496 0", "020 7946 0")


@pytest.mark.parametrize("path", sorted((HERE / "fixtures").rglob("*.*")), ids=lambda path: path.name)
def test_fixtures_hold_only_invented_numbers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for number in PHONE.findall(text):
        assert number.startswith(INVENTED_PHONES), number
    for mail in re.findall(r"[\w.+-]+@([\w.-]+)", text):
        assert mail.endswith((".example", "example.org")), mail
    for number in re.findall(r"\b\d{3}[ ]?\d{3}[ ]?\d{4}\b", text):
        if check("nhs-number", number, today=today()).valid:
            assert number.replace(" ", "").startswith("999"), number

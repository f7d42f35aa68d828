"""Machines that share a database share a secret key: one that brings another is told so before it does any harm."""

from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.operate import checks
from plugin.operate.supervisor import StartError
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.fingerprints import Fingerprint

OLD, NEW, OTHER = "o" * 32, "n" * 32, "x" * 32


pytestmark = pytest.mark.sqlite


@pytest.fixture
def folder(tmp_path: Path, database: dict[str, str]) -> Path:
    """With an empty database in it."""
    assert not database
    return tmp_path


def start(folder: Path, *keys: str) -> None:
    checks.recognise_keys(with_keys(folder, *keys))


def with_keys(folder: Path, *keys: str) -> Settings:
    return Settings.from_environ({"MOSAIC_SECRET_KEY": " ".join(keys), "MOSAIC_DATA": str(folder)})


def test_a_machine_with_another_key_does_not_start_and_says_what_to_copy(folder: Path) -> None:
    start(folder, OLD)
    with pytest.raises(
        StartError, match=r"Copy the key of a machine that runs.*secret\.key.*MOSAIC_SECRET_KEY"
    ):
        start(folder, OTHER)
    start(folder, OLD)


def test_a_key_beside_a_known_one_is_a_rotation_and_is_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(folder, OLD)
    assert "recorded" not in capsys.readouterr().out
    start(folder, NEW, OLD)
    assert "is recorded" in capsys.readouterr().out
    start(folder, NEW)
    start(folder, OLD)  # the machine that has not been given the new one yet
    assert "recorded" not in capsys.readouterr().out


def test_the_key_itself_is_not_in_the_database(folder: Path) -> None:
    start(folder, OLD)
    database = Database(with_keys(folder, OLD))
    with database.read() as session:
        (digest,) = session.scalars(select(Fingerprint.digest)).all()
    database.dispose()
    assert OLD.encode() not in digest
    assert len(digest) == 16

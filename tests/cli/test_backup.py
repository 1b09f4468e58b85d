"""A backup brings everything back, proves that it could, and says when it is damaged."""

import os
import stat
import tarfile

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from config import Settings
from pb.app import create_app
from pb.audit.models import Entry
from pb.cli.backup import backup, restore
from pb.cli.doctor import doctor
from pb.rounds.models import Phase, Round
from tests import make, servers


@pytest.fixture(autouse=True)
def _programs(backend, monkeypatch):
    """The programs of PostgreSQL, from where the test server comes from."""
    if backend == "postgresql":
        monkeypatch.setenv("PATH", f"{servers.programs()}{os.pathsep}{os.environ['PATH']}")


def run(app, command, *words):
    with app.app_context():
        return CliRunner().invoke(command, [str(word) for word in words])


@pytest.fixture
def empty(backend, tmp_path):
    """An installation without tables."""
    folder = tmp_path / "elsewhere"
    folder.mkdir(mode=0o700)
    made = servers.template(backend, folder)
    app = create_app(Settings(DATABASE_URL=made.url, DATA_DIR=folder, SECRET_KEY="x" * 40))
    yield app
    app.extensions["engine"].dispose()
    servers.drop(made)


def test_what_was_saved_comes_back_somewhere_else(app, session, empty, tmp_path):
    round = make.round_(session, Phase.VOTING, projects={"park": ("town", 5_000_00)})
    (tmp_path / "secret.key").write_text("the secret of this town")
    file = tmp_path / "town.tar.gz"

    made = run(app, backup, file)
    assert made.exit_code == 0, made.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run(empty, restore, file).exit_code == 0

    with sa.orm.Session(empty.extensions["engine"]) as other:
        assert other.scalars(sa.select(Round.slug)).all() == [round.slug]
    assert (tmp_path / "elsewhere" / "secret.key").read_text() == "the secret of this town"


def test_a_backup_can_be_proved_without_changing_anything(app, session, empty, tmp_path):
    make.round_(session, Phase.IDEAS)
    file = tmp_path / "town.tar.gz"
    run(app, backup, file)

    result = run(empty, restore, "--verify", file)

    assert result.exit_code == 0 and "can be restored" in result.output
    assert sa.inspect(empty.extensions["engine"]).get_table_names() == []


def test_the_keys_of_rounds_are_not_in_a_backup(app, session, keys, tmp_path):
    make.entry(session, make.round_(session, Phase.VOTING))
    keys.directory.mkdir(exist_ok=True)
    file = tmp_path / "town.tar.gz"

    run(app, backup, file)

    with tarfile.open(file) as archive:
        assert set(archive.getnames()) <= {"manifest.json", "database", "secret.key"}


def test_a_backup_never_overwrites_another(app, tmp_path):
    file = tmp_path / "town.tar.gz"
    file.write_text("an older backup")

    result = run(app, backup, file)

    assert result.exit_code == 2 and "exists already" in result.output
    assert file.read_text() == "an older backup"


def test_nothing_is_restored_over_data(app, session, tmp_path):
    make.round_(session, Phase.IDEAS)
    file = tmp_path / "town.tar.gz"
    run(app, backup, file)

    result = run(app, restore, file)

    assert result.exit_code == 2 and "already" in result.output


def test_a_damaged_backup_says_so(app, session, empty, tmp_path):
    make.round_(session, Phase.IDEAS)
    file = tmp_path / "town.tar.gz"
    run(app, backup, file)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)

    result = run(empty, restore, "--verify", file)

    assert result.exit_code == 2 and "damaged" in result.output


def test_a_log_that_was_rewritten_before_the_backup_is_found(
    app, session, empty, tmp_path, backend
):
    from pb import audit

    round = make.round_(session, Phase.IDEAS)
    audit.record(session, chain=round.id, kind="test", at=make.NOW)
    session.commit()
    with app.extensions["engine"].begin() as connection:
        if backend == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER never_audit_update")
        else:
            connection.exec_driver_sql("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        connection.execute(sa.update(Entry).values(kind="other"))
    file = tmp_path / "town.tar.gz"
    run(app, backup, file)

    result = run(empty, restore, "--verify", file)

    assert result.exit_code == 2 and "log in the backup is broken" in result.output


def test_the_doctor_finds_an_installation_well(app):
    result = run(app, doctor)

    assert "tables of" in result.output and "logs are intact" in result.output
    assert "SECRET_KEY is shorter" in result.output  # the one of the tests is
    assert result.exit_code == 1


def test_the_doctor_misses_the_tables(empty):
    result = run(empty, doctor)

    assert result.exit_code == 1 and "run pb db upgrade" in result.output

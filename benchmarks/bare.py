"""The least that a server can do for a vote, without pages, sessions or checks. voting.py runs it.

`/insert` is one INSERT and one commit. `/cast` is the whole transaction of a vote, on the tables of
a town with their keys and triggers: the shared lock, the revision of the round, the mark of who has
voted, the ballot in its slot, the commit.
"""

import os
import random
import secrets

import sqlalchemy as sa
from flask import Flask

from pb import db
from pb.ballots import service
from pb.ballots.models import Channel
from pb.eligibility.models import RollEntry
from pb.rounds import kept
from pb.rounds.models import Round

TABLES = sa.MetaData()
ROW = sa.Table(
    "bare",
    TABLES,
    sa.Column("slot", sa.LargeBinary, primary_key=True),
    sa.Column("content", sa.LargeBinary),
)
CONTENT = b"x" * 200  # about as long as a ballot
VOTERS = 160  # at most, who vote again and again, as those of voting.py do


def create_table(url: str) -> None:
    """The table for inserts, in the database of a town."""
    engine = db.make_engine(url)
    TABLES.create_all(engine)
    engine.dispose()


def create_app() -> Flask:
    """What gunicorn runs: the same engine with the same promises as the application's."""
    app, engine = Flask(__name__), db.make_engine(os.environ["DATABASE_URL"])
    mark, put = (make(engine.dialect.name) for make in (service.marking, service.putting))
    with engine.connect() as connection:
        round_id, slug = connection.execute(sa.select(Round.id, Round.slug)).one()
        roll = connection.scalars(sa.select(RollEntry.id).limit(VOTERS)).all()

    @app.post("/insert")
    def insert():
        row = {"slot": secrets.token_bytes(32), "content": CONTENT}
        with engine.begin() as connection:
            connection.execute(sa.insert(ROW), row)
        return "", 204

    @app.post("/cast")
    def cast():
        voter = random.choice(roll)
        here = {"round_id": round_id, "entry_id": voter, "channel": Channel.WEB, "route": None}
        ballot = {
            "round_id": round_id,
            "slot": voter.to_bytes(32, "big"),
            "commitment": secrets.token_bytes(32),
            "content": CONTENT,
        }
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                lock = {"space": service.SPACE, "key": round_id}
                connection.execute(db.LOCK_SHARED, lock)
            connection.execute(kept.REVISION, {"slug": slug}).scalar_one()
            connection.execute(mark, here).scalar_one()
            connection.execute(put, ballot)
        return "", 204

    return app

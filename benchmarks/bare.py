"""The least that a server can do for a vote, without pages, sessions or checks. voting.py runs it.

`/insert` is one INSERT and one commit. `/cast` is the whole transaction of a vote: the shared
lock, the state of the round, the mark of who has voted, the ballot in its slot, the commit.
"""

import os
import random
import secrets

import sqlalchemy as sa
from flask import Flask

from pb import db

TABLES = sa.MetaData()
ROW = sa.Table(
    "bare",
    TABLES,
    sa.Column("slot", sa.LargeBinary, primary_key=True),
    sa.Column("content", sa.LargeBinary),
)
STATE = sa.Table(
    "state", TABLES, sa.Column("id", sa.Integer, primary_key=True), sa.Column("closed", sa.Boolean)
)
MARK = sa.Table(
    "mark",
    TABLES,
    sa.Column("voter", sa.Integer, primary_key=True),
    sa.Column("revision", sa.Integer),
)
CONTENT = b"x" * 200  # about as long as a ballot
VOTERS = 160  # who vote again and again, as those of voting.py do


def create_tables(url: str) -> None:
    """The tables of the bare database."""
    engine = db.make_engine(url)
    TABLES.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(STATE), {"id": 1, "closed": False})
    engine.dispose()


def create_app() -> Flask:
    """What gunicorn runs: the same engine with the same promises as the application's."""
    app, engine = Flask(__name__), db.make_engine(os.environ["DATABASE_URL"])
    state = sa.select(STATE.c.closed).where(STATE.c.id == sa.bindparam("id"))
    insert_into = db.INSERTS[engine.dialect.name]
    mark = insert_into(MARK).values(voter=sa.bindparam("voter"), revision=1)
    mark = mark.on_conflict_do_update(
        index_elements=["voter"], set_={"revision": MARK.c.revision + 1}
    ).returning(MARK.c.revision)
    put = insert_into(ROW).values(slot=sa.bindparam("slot"), content=sa.bindparam("content"))
    put = put.on_conflict_do_update(index_elements=["slot"], set_={"content": put.excluded.content})

    @app.post("/insert")
    def insert():
        row = {"slot": secrets.token_bytes(32), "content": CONTENT}
        with engine.begin() as connection:
            connection.execute(sa.insert(ROW), row)
        return "", 204

    @app.post("/cast")
    def cast():
        voter = random.randrange(VOTERS)
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(db.LOCK_SHARED, {"space": 1, "key": 1})
            connection.execute(state, {"id": 1}).scalar_one()
            connection.execute(mark, {"voter": voter}).scalar_one()
            row = {"slot": voter.to_bytes(32, "big"), "content": CONTENT}
            connection.execute(put, row)
        return "", 204

    return app

"""The least that a server can do for a vote: one INSERT and one commit. voting.py runs it."""

import os
import secrets

import sqlalchemy as sa
from flask import Flask

from pb import db

ROW = sa.table("bare", sa.column("slot"), sa.column("content"))
CONTENT = b"x" * 200  # about as long as a ballot


def create_table(url: str) -> None:
    """The one table of the bare database."""
    engine = db.make_engine(url)
    kind = "BYTEA" if engine.dialect.name == "postgresql" else "BLOB"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE bare (slot {kind} PRIMARY KEY, content {kind})")
    engine.dispose()


def create_app() -> Flask:
    """What gunicorn runs: the same engine with the same promises as the application's."""
    app, engine = Flask(__name__), db.make_engine(os.environ["DATABASE_URL"])

    @app.post("/insert")
    def insert():
        row = {"slot": secrets.token_bytes(32), "content": CONTENT}
        with engine.begin() as connection:
            connection.execute(sa.insert(ROW), row)
        return "", 204

    return app

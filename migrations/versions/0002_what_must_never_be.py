"""Triggers: the log only grows, a frozen ballot stays as it is, a sealed box stays shut.

They hold against every program that reaches the database, not only against ours.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FROZEN_COLUMNS = {
    "round": (
        "slug",
        "currency",
        "time_zone",
        "limits",
        "within_budget",
        "rule_id",
        "rule_params",
        "ties",
        "stewards_confirm",
        "frozen_at",
        "config_digest",
    ),
    "area": ("round_id", "slug", "name", "budget", "city_wide", "position"),
    "project": ("round_id", "area_id", "number", "code", "title", "cost", "proposal_id"),
}


def _frozen(round_id: str) -> str:
    return f"EXISTS (SELECT 1 FROM round WHERE id = {round_id} AND frozen_at IS NOT NULL)"


def _sealed(round_id: str) -> str:
    return f"EXISTS (SELECT 1 FROM round WHERE id = {round_id} AND sealed_at IS NOT NULL)"


def _differs(columns: tuple[str, ...], sqlite: bool) -> str:
    if sqlite:
        return " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)
    # JSON has no equality in PostgreSQL; its text has.
    return " OR ".join(
        f"NEW.{column}::text IS DISTINCT FROM OLD.{column}::text" for column in columns
    )


def _rules(sqlite: bool) -> list[tuple[str, str, str, str, str]]:
    """(name, table, event, condition, sentence) of every trigger."""
    log = "The log only grows."
    frozen = "The ballot is frozen."
    sealed = "The ballot box is sealed."
    rules = [
        ("audit_update", "audit_entry", "UPDATE", "1 = 1", log),
        ("audit_delete", "audit_entry", "DELETE", "1 = 1", log),
        (
            "round_update",
            "round",
            "UPDATE",
            f"OLD.frozen_at IS NOT NULL AND ({_differs(FROZEN_COLUMNS['round'], sqlite)})",
            frozen,
        ),
        (
            "dates_update",
            "phase_dates",
            "UPDATE",
            f"{_frozen('OLD.round_id')} AND OLD.phase = 'voting'"
            " AND (NEW.opens_at <> OLD.opens_at OR NEW.closes_at < OLD.closes_at)",
            "Voting can only be extended.",
        ),
        ("live_insert", "live_ballot", "INSERT", _sealed("NEW.round_id"), sealed),
        ("choice_insert", "sealed_choice", "INSERT", _sealed("NEW.round_id"), sealed),
        ("choice_update", "sealed_choice", "UPDATE", "1 = 1", sealed),
        ("choice_delete", "sealed_choice", "DELETE", "1 = 1", sealed),
        ("commitment_insert", "sealed_commitment", "INSERT", _sealed("NEW.round_id"), sealed),
        ("commitment_update", "sealed_commitment", "UPDATE", "1 = 1", sealed),
        ("commitment_delete", "sealed_commitment", "DELETE", "1 = 1", sealed),
    ]
    for table in ("area", "project"):
        changed = _differs(FROZEN_COLUMNS[table], sqlite)
        rules += [
            (f"{table}_insert", table, "INSERT", _frozen("NEW.round_id"), frozen),
            (f"{table}_delete", table, "DELETE", _frozen("OLD.round_id"), frozen),
            (
                f"{table}_update",
                table,
                "UPDATE",
                f"{_frozen('OLD.round_id')} AND ({changed})",
                frozen,
            ),
        ]
    return rules


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, event, condition, sentence in _rules(sqlite):
        if sqlite:
            op.execute(
                f"CREATE TRIGGER never_{name} BEFORE {event} ON {table} FOR EACH ROW "
                f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
            continue
        row = "OLD" if event == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION never_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; END IF; "
            f"RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER never_{name} BEFORE {event} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION never_{name}()"
        )
    if not sqlite:
        op.execute(
            "CREATE FUNCTION never_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'The log only grows.' USING ERRCODE = '23514'; END $$"
        )
        op.execute(
            "CREATE TRIGGER never_audit_truncate BEFORE TRUNCATE ON audit_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION never_truncate()"
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute("DROP TRIGGER never_audit_truncate ON audit_entry")
        op.execute("DROP FUNCTION never_truncate()")
    for name, table, *_ in _rules(sqlite):
        if sqlite:
            op.execute(f"DROP TRIGGER never_{name}")
        else:
            op.execute(f"DROP TRIGGER never_{name} ON {table}")
            op.execute(f"DROP FUNCTION never_{name}()")

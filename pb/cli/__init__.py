"""The `pb` command. Its parts are loaded when they are used, so that counting starts at once."""

from importlib import import_module
from typing import NamedTuple

import click

from pb import __version__


class Part(NamedTuple):
    """Where a command is, and what it does in a line: the list of commands loads none of them."""

    module: str
    attribute: str
    does: str

    def load(self) -> click.Command:
        return getattr(import_module(self.module), self.attribute)


# Tally commands know no web; the others run inside the application.
PURE = {
    "tally": Part("pb.cli.tally", "tally", "Count a Pabulib file."),
    "rules": Part("pb.cli.rules", "rules", "List the rules and their parameters."),
    "explain": Part("pb.cli.explain", "explain_project", "Say why a project wins or loses."),
    "needs": Part("pb.cli.needs", "needs", "Say what losing projects would have needed."),
    "compare": Part("pb.cli.compare", "compare", "Put several rules side by side."),
    "recount": Part("pb.cli.recount", "recount", "Check a bundle and count it again, offline."),
}
WEB = {
    "import-pabulib": Part("pb.cli.rounds", "import_pabulib", "Make a round of a Pabulib file."),
    "needs-of": Part("pb.cli.needs_of", "needs_of", "Work out what losers of a round needed."),
    "export": Part("pb.cli.rounds", "export", "Write a published result as open data."),
    "jobs": Part("pb.cli.jobs", "jobs_commands", "Do the work that goes on behind the pages."),
    "audit": Part("pb.cli.audit", "audit_commands", "Check the append-only log."),
    "account": Part("pb.cli.accounts", "account_commands", "Manage people who can sign in."),
    "demo": Part("pb.cli.demo", "demo", "Fill an empty database with the demo town."),
    "doctor": Part("pb.cli.doctor", "doctor", "Check the installation."),
    "backup": Part("pb.cli.backup", "backup", "Write the database into a file."),
    "restore": Part("pb.cli.backup", "restore", "Bring it back, or prove that one could."),
    "db": Part("pb.cli.database", "db_commands", "Create and change the tables."),
}


def web_commands() -> list[click.Command]:
    """The commands that need the application, for Flask's own command group."""
    return [part.load() for part in WEB.values()]


class Commands(click.Group):
    """Loads a command when it is asked for; gives those of the application its context."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*PURE, *WEB]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        part = (PURE | WEB).get(name)
        return part.load() if part else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, part.does) for name, part in (PURE | WEB).items()])

    def resolve_command(self, ctx: click.Context, args: list[str]):
        name, command, rest = super().resolve_command(ctx, args)
        if name in WEB:
            from pb.app import create_app

            ctx.with_resource(create_app().app_context())
        return name, command, rest


@click.group(cls=Commands, help="Participatory budgeting that a town can trust.")
@click.version_option(__version__, message="pb %(version)s")
def main() -> None: ...

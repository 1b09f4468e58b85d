"""The `pb` command. Its parts are loaded when they are used, so that counting starts at once."""

from importlib import import_module

import click

from pb import __version__

# name → (module, attribute): tally commands know no web, the others run inside the application.
PURE = {
    "tally": ("pb.cli.tally", "tally"),
    "rules": ("pb.cli.rules", "rules"),
    "explain": ("pb.cli.explain", "explain_project"),
    "needs": ("pb.cli.needs", "needs"),
    "compare": ("pb.cli.compare", "compare"),
    "recount": ("pb.cli.recount", "recount"),
}
WEB = {
    "import-pabulib": ("pb.cli.rounds", "import_pabulib"),
    "needs-of": ("pb.cli.needs_of", "needs_of"),
    "export": ("pb.cli.rounds", "export"),
    "audit": ("pb.cli.audit", "audit_commands"),
    "account": ("pb.cli.accounts", "account_commands"),
    "demo": ("pb.cli.demo", "demo"),
    "db": ("pb.cli.database", "db_commands"),
}


def _load(path: tuple[str, str]) -> click.Command:
    module, attribute = path
    return getattr(import_module(module), attribute)


def web_commands() -> list[click.Command]:
    """The commands that need the application, for Flask's own command group."""
    return [_load(path) for path in WEB.values()]


class Commands(click.Group):
    """Loads a command when it is asked for; gives those of the application its context."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*PURE, *WEB]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in PURE:
            return _load(PURE[name])
        if name in WEB:
            return _load(WEB[name])
        return None

    def resolve_command(self, ctx: click.Context, args: list[str]):
        name, command, rest = super().resolve_command(ctx, args)
        if name in WEB:
            from pb.app import create_app

            ctx.with_resource(create_app().app_context())
        return name, command, rest


@click.group(cls=Commands, help="Participatory budgeting that a town can trust.")
@click.version_option(__version__, message="pb %(version)s")
def main() -> None: ...

"""create_app(): the one place that knows every part."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from config import ROOT, Settings, from_environment
from pb import commission, community, db
from pb.accounts import queries
from pb.cli import web_commands
from pb.keys import KeyRing
from pb.tally.rules import load_rules
from pb.web import converters, cookie, errors, filters, guard, headers, kiosk, oidc, terms
from pb.web.turnstile import Turnstile

LARGEST_UPLOAD = 20 * 1024 * 1024


def create_app(
    settings: Settings | None = None, *, clock: Callable[[], datetime] = guard.utc_now
) -> Flask:
    """The application; raises RuntimeError if an endpoint does not say who may use it."""
    settings = settings or from_environment()
    app = Flask(
        __name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    connect(app, settings, clock)
    _prepare_templates(app)
    _prepare_requests(app)
    _serve_static(app, settings)
    app.url_map.converters.update(round=converters.RoundConverter, int=converters.NumberConverter)
    app.register_blueprint(community.door)
    app.register_blueprint(commission.door)
    for command in web_commands():
        app.cli.add_command(command)
    oidc.init_app(app)
    guard.check_endpoints(app)
    return app


def connect(app: Flask, settings: Settings, clock: Callable[[], datetime]) -> None:
    """Give the application its town: settings, database, keys, rules and clock."""
    app.config.from_object(settings)
    app.config.update(
        SESSION_COOKIE_NAME="pb",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.BASE_URL.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=8 * 3600,
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        WTF_CSRF_TIME_LIMIT=None,  # a form stays good for as long as its session
    )
    engine = db.make_engine(settings.DATABASE_URL)
    app.session_interface = cookie.SignedCookie()
    app.extensions.update(
        engine=engine,
        reader=db.read_only(engine),
        clock=clock,
        keys=KeyRing(settings.KEY_DIR),
        rules=load_rules(settings.TALLY_RULES),
        ask_for_code=community.ask_for_code,
    )
    db.session.remove()
    db.session.configure(bind=engine)


def _prepare_templates(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    filters.init_app(app)
    terms.init_app(app)
    app.context_processor(
        lambda: {
            "town_name": app.config["TOWN_NAME"],
            "help_links": community.HELP_LINKS,
            "demo": app.config["DEMO"],
        }
    )


def _prepare_requests(app: Flask) -> None:
    """The order matters: database, then who may enter, then the token of the form."""
    login = LoginManager(app)
    login.user_loader(lambda cookie: queries.find_by_session(db.session(), cookie))
    app.before_request(guard.open_database)
    app.before_request(guard.enter)
    app.after_request(guard.nothing_borrowed_changed)
    app.teardown_request(guard.close_database)
    CSRFProtect(app)
    headers.init_app(app)
    kiosk.init_app(app)
    errors.init_app(app)


def _serve_static(app: Flask, settings: Settings) -> None:
    """Files of the site come before the application; their addresses change with them."""
    app.wsgi_app = WhiteNoise(
        Turnstile(app.wsgi_app),
        root=app.static_folder,
        prefix="static/",
        max_age=31536000,
        allow_all_origins=False,
        add_headers_function=headers.add_to_file,
    )
    if settings.TRUSTED_PROXIES:
        hops = settings.TRUSTED_PROXIES
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)

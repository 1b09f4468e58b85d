"""Settings, read from the environment; see docs/settings.md."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent


@dataclass(frozen=True)
class Settings:
    """Everything that differs from one installation to another."""

    DATABASE_URL: str
    DATA_DIR: Path
    SECRET_KEY: str
    BASE_URL: str = "http://127.0.0.1:8000"
    TOWN_NAME: str = "Our town"
    TRUSTED_PROXIES: int = 0
    SMTP_URL: str = ""
    MAIL_FROM: str = "pb@localhost"
    OIDC_ISSUER: str = ""
    OIDC_CLIENT_ID: str = ""
    OIDC_CLIENT_SECRET: str = ""
    OIDC_CLAIM: str = "sub"
    OIDC_NAME: str = "the official sign-in"
    TALLY_RULES: tuple[str, ...] = ()
    DEMO: bool = False

    @property
    def KEY_DIR(self) -> Path:
        """Keys of rounds: outside the database, and out of its backups."""
        return self.DATA_DIR / "keys"


def from_environment(env: Mapping[str, str] = os.environ) -> Settings:
    """Settings from variables that start with PB_, and the customary DATABASE_URL and SECRET_KEY.

    Without any, everything lives in the folder `instance` beside this file.
    """
    data = Path(env.get("PB_DATA_DIR", ROOT / "instance")).resolve()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Settings(
        DATABASE_URL=env.get("DATABASE_URL") or f"sqlite:///{data / 'pb.sqlite'}",
        DATA_DIR=data,
        SECRET_KEY=env.get("SECRET_KEY") or _stored_secret(data / "secret.key"),
        BASE_URL=env.get("PB_BASE_URL", Settings.BASE_URL).rstrip("/"),
        TOWN_NAME=env.get("PB_TOWN_NAME", Settings.TOWN_NAME),
        TRUSTED_PROXIES=int(env.get("PB_TRUSTED_PROXIES", 0)),
        SMTP_URL=env.get("PB_SMTP_URL", ""),
        MAIL_FROM=env.get("PB_MAIL_FROM", Settings.MAIL_FROM),
        OIDC_ISSUER=env.get("PB_OIDC_ISSUER", ""),
        OIDC_CLIENT_ID=env.get("PB_OIDC_CLIENT_ID", ""),
        OIDC_CLIENT_SECRET=env.get("PB_OIDC_CLIENT_SECRET", ""),
        OIDC_CLAIM=env.get("PB_OIDC_CLAIM", Settings.OIDC_CLAIM),
        OIDC_NAME=env.get("PB_OIDC_NAME", Settings.OIDC_NAME),
        TALLY_RULES=tuple(env.get("TALLY_RULES", "").split()),
        DEMO=env.get("PB_DEMO", "") == "1",
    )


def _stored_secret(path: Path) -> str:
    """A random key made on first use and kept in a file only its owner can read."""
    if not path.exists():
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()

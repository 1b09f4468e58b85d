"""Settings come from the environment; a secret has no default that somebody could know."""

import stat

import config


def test_without_any_settings_everything_lives_in_one_folder(tmp_path):
    settings = config.from_environment({"PB_DATA_DIR": str(tmp_path)})

    assert f"sqlite:///{tmp_path}/pb.sqlite" == settings.DATABASE_URL
    assert tmp_path / "keys" == settings.KEY_DIR


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = config.from_environment({"PB_DATA_DIR": str(tmp_path)})
    second = config.from_environment({"PB_DATA_DIR": str(tmp_path)})

    assert first.SECRET_KEY == second.SECRET_KEY
    assert len(first.SECRET_KEY) > 40
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_the_environment_decides(tmp_path):
    settings = config.from_environment(
        {
            "PB_DATA_DIR": str(tmp_path),
            "DATABASE_URL": "postgresql://pb@/pb",
            "SECRET_KEY": "x",
            "PB_BASE_URL": "https://budget.example.org/",
            "PB_TOWN_NAME": "Example",
            "PB_TRUSTED_PROXIES": "1",
            "PB_SMTP_URL": "smtp://mail.example.org:587",
            "PB_MAIL_FROM": "budget@example.org",
            "TALLY_RULES": "city.rules:one city.rules:two",
            "PB_DEMO": "1",
        }
    )

    assert settings.DATABASE_URL == "postgresql://pb@/pb"
    assert settings.BASE_URL == "https://budget.example.org"
    assert settings.SMTP_URL == "smtp://mail.example.org:587"
    assert settings.MAIL_FROM == "budget@example.org"
    assert settings.TALLY_RULES == ("city.rules:one", "city.rules:two")
    assert (settings.TRUSTED_PROXIES, settings.DEMO) == (1, True)

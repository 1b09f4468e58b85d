"""What a web server runs: `flask --app wsgi run` or `gunicorn wsgi:app`."""

from pb.app import create_app

app = create_app()

#!/usr/bin/env python
"""Entry point of every command; `manage.py demo` is the one to begin with."""

import os
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.db import OperationalError

from config import embedded, login
from config.cluster import DatabaseDown

# These answer without a database, or have it started themselves when they know what is needed.
NEED_NO_DATABASE = {"", "help", "version", "--help", "--version", "-h", "check", "collectstatic", "diffsettings", "makemessages", "setup", "serve", "demo"}

MAKE_MIGRATIONS = {"makemigrations", "migrate", "test"}


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = "".join(sys.argv[1:2])
    if command not in NEED_NO_DATABASE and settings.ONE_MACHINE:
        try:
            embedded.start(settings.HOME)
        except DatabaseDown as down:
            sys.exit(str(down))
    if command not in NEED_NO_DATABASE | MAKE_MIGRATIONS:
        try:
            django.setup()
            login.check()
        except (login.TooPowerful, OperationalError) as refused:
            sys.exit(str(refused))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

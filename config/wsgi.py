import os
from contextlib import suppress

from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, connections

from config import login
from config.whole import whole_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = whole_bodies(get_wsgi_application())
with suppress(OperationalError):
    login.prove()
connections.close_all()  # each thread that answers has one of its own

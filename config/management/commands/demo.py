from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from config import running
from config.demo import scenario


class Command(BaseCommand):
    help = "Run Framme with a year of invented messages and people to sign in as, until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, help="the port on this machine; by default the first free one from 8000")

    def handle(self, *, port, **options):
        running.run(port=port, fill=self.fill, welcome=self.welcome)

    def fill(self):
        if scenario.is_built():
            return
        running.say("Building the demo, which takes a minute or two ...")
        try:
            scenario.build(now=timezone.now(), say=running.say)
        except scenario.AlreadyInUse:
            raise CommandError("This database is in use for other things: choose another FRAMME_HOME or DATABASE_URL for the demo.") from None

    def welcome(self):
        running.say("Sign in as one of these:")
        with translation.override("en"):  # as all that commands say
            for role, email, password in scenario.people():
                running.say(f"  {email:40} {password:24} {role}")

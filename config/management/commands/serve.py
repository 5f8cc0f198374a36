from django.core.management.base import BaseCommand

from config import running


class Command(BaseCommand):
    help = "Prepare what is needed and run web, worker and schedule until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, help="the port on this machine; by default the first free one from 8000")

    def handle(self, *, port, **options):
        running.run(port=port)

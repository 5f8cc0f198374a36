from django.core.management.base import BaseCommand, CommandError

from config import preparation


class Command(BaseCommand):
    help = "Make everything ready to run: database, tables, reference data, assets, languages. Harmless to repeat."
    requires_system_checks = []

    def handle(self, **options):
        try:
            preparation.prepare(say=self.stdout.write)
        except preparation.PROBLEMS as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write("Everything is ready.")

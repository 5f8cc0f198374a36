from django.db import migrations


class Migration(migrations.Migration):
    """Numbers that were just given hardly shrink, and are read once: packing them takes longer than writing them."""

    dependencies = [("ledger", "0013_words")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE ledger_owed ALTER COLUMN homes SET STORAGE EXTERNAL",
            "ALTER TABLE ledger_owed ALTER COLUMN homes SET STORAGE EXTENDED",
        )
    ]

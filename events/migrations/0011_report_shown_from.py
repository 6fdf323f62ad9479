import datetime as dt

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0010_roster_notice")]

    operations = [
        migrations.AddField(
            model_name="ideareport",
            name="shown_from",
            # Those that are there are shown already.
            field=models.DateTimeField(default=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
            preserve_default=False,
        ),
    ]

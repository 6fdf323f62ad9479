import datetime as dt

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0011_photo_wall_places")]

    operations = [
        migrations.AddField(
            model_name="ideareport",
            name="shown_from",
            # Those that are there are shown already.
            field=models.DateTimeField(default=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
            preserve_default=False,
        ),
    ]

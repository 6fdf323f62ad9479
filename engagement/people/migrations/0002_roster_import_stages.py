from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_people")]

    operations = [
        migrations.AddField(
            model_name="rosterimport",
            name="is_from_terminal",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="rosterimport",
            name="attempt_count",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="rosterimport",
            name="overtaken_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="rosterimport",
            name="purged_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="rosterimport",
            name="error_count",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="rosterimport",
            name="summary",
            field=models.JSONField(default=dict),
        ),
    ]

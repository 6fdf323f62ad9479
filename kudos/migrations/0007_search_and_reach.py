import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# As `kudos.models.kudos.SEARCH_WORDS` was then.
SEARCH_WORDS = """(
    to_tsvector('norwegian', translate(message, '-./@:_', '      '))
    || to_tsvector('english', translate(message, '-./@:_', '      '))
    || to_tsvector('simple', translate(message, '-./@:_', '      '))
    || array_to_tsvector(ARRAY[
        'week ' || floor(extract(epoch FROM show_from AT TIME ZONE 'UTC') / 604800)::integer,
        'season ' || floor(extract(epoch FROM show_from AT TIME ZONE 'UTC') / 7862400)::integer
    ])
)"""
VALUES_OF_REACHES = """
UPDATE kudos_kudosreach AS reach SET value_id = kudos.value_id
FROM kudos_kudos AS kudos
WHERE kudos.id = reach.kudos_id AND kudos.value_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kudos", "0006_milestones_and_counters"),
    ]

    operations = [
        migrations.AddField(
            model_name="kudosreach",
            name="value",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kudos.value",
            ),
        ),
        migrations.RunSQL(VALUES_OF_REACHES, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="kudosreach",
            index=models.Index(
                condition=models.Q(("value__isnull", False)),
                fields=["stream", "value", "-show_from", "-kudos"],
                name="kudos_reach_by_value",
            ),
        ),
        migrations.AddField(
            model_name="kudos",
            name="search_words",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    output_field=django.contrib.postgres.search.SearchVectorField(),
                    template=SEARCH_WORDS,
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="kudos",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["search_words"], name="kudos_by_words"
            ),
        ),
    ]

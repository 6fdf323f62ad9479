"""When the recurring work last ran."""

from django.db import models


class Sweep(models.Model):
    """The last run of one recurring job; `/readyz` and the doctor read its age."""

    name = models.CharField(max_length=60, primary_key=True)
    last_ran_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

"""A series as the facts that make it, and what somebody made."""

from engagement.people.models import Person
from events.facts import JobFacts, SeriesFacts, SittingFacts
from events.models import Series


def facts_of_series(series: Series) -> SeriesFacts:
    """All of ``series`` as it stands, each sitting known by its plan. Three queries."""
    plans = series.plans.select_related("site", "shift_pattern")
    invitations = series.invitations.select_related("unit", "site", "employer").order_by("pk")
    return SeriesFacts(
        title=series.title,
        description=series.description,
        emblem=series.emblem,
        rule=series.rule,
        starts_on=series.starts_on,
        skips_holidays=series.skips_holidays,
        opens_days=series.opens_days,
        closes_minutes=series.closes_minutes,
        is_drawn=series.is_drawn,
        shows_on_walls=series.shows_on_walls,
        sittings=[
            SittingFacts(
                site=plan.site,
                starts_at=plan.starts_at,
                ends_at=plan.ends_at,
                place=plan.place,
                capacity=plan.capacity,
                shift_pattern=plan.shift_pattern,
                known=plan.pk,
            )
            for plan in plans.order_by("site__name", "starts_at", "pk")
        ],
        jobs=[JobFacts(job.name, job.capacity) for job in series.jobs.order_by("pk")],
        invited=[one for row in invitations if (one := row.unit or row.site or row.employer)],
    )


def own_data(person: Person) -> list[dict[str, object]]:
    """The series that ``person`` made, oldest first, for the export of one's own data."""
    made = Series.objects.filter(organiser=person).order_by("created_at", "pk")
    return [
        {
            "series": one.key,
            "title": one.title,
            "first_day": one.starts_on.isoformat(),
            "rule": one.rule,
            "made_at": one.created_at.isoformat(),
        }
        for one in made
    ]

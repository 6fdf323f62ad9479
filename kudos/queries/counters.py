"""Counters of the whole centre with their goals."""

from django.db.models import Prefetch, QuerySet

from kudos.models import Counter, Goal


def counters_with_goals() -> QuerySet[Counter]:
    """All counters, the oldest first, each with its ``goal_list``, the smallest first. Two queries."""
    goals = Prefetch("goals", queryset=Goal.objects.order_by("target"), to_attr="goal_list")
    return Counter.objects.order_by("pk").prefetch_related(goals)  # type: ignore[no-redef]

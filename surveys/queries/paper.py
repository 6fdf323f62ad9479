"""Who needs paper to get to a survey."""

from engagement.people.models import Person
from engagement.people.queries import placed_people, unit_id_of
from engagement.people.tree import Tree
from surveys.models import Survey


def people_without_mail(survey: Survey, *, tree: Tree) -> list[Person]:
    """Everybody on the roll who works here and has no e-mail address, unit by unit.

    Whether they have collected a ballot makes no difference: a list must not tell (R7). Each
    carries ``unit_id``.
    """
    people = placed_people(tree.day).filter(roll_entries__survey=survey, email="")
    return sorted(people, key=lambda one: (_unit_name(one, tree), one.sort_name, one.pk))


def _unit_name(person: Person, tree: Tree) -> str:
    unit = tree.unit(unit_id_of(person))
    return unit.name if unit else ""

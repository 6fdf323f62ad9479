"""The style guide: all that pages are made of, and all looks of theme days. In the demo only."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from engagement import times
from engagement.people.models import Person
from engagement.people.requests import PersonRequest
from engagement.themes.looks import LOOKS
from kudos.looks import LOOKS as LOOKS_OF_ANY_DAY

CRUMBS = [{"label": "Vaffel", "url": "/"}, {"label": "Style guide", "url": ""}]
VALUES = [
    {"key": "generous", "name": "Generous", "hue": 0},
    {"key": "curious", "name": "Curious", "hue": 4},
    {"key": "brave", "name": "Brave", "hue": 8},
]
WORDS = (
    "You stayed on the line until it worked.",
    "For the calm when the lines were full.",
    "You asked the question that nobody had thought of.",
)


class Example(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="As colleagues say it.")
    language = forms.ChoiceField(choices=[("nb", "Norsk"), ("en", "English")])
    on_walls = forms.BooleanField(required=False)


@require_GET
def style_guide(request: PersonRequest) -> HttpResponse:
    """Every part of a page once, with made-up words and real faces."""
    people = list(Person.objects.order_by("pk")[:6])
    context = {
        "crumbs": CRUMBS,
        "values": VALUES,
        "people": people,
        "form": Example(),
        "feed": [
            {
                "giver": giver,
                "to": to.name,
                "message": words,
                "value": value["name"],
                "at": times.now(),
            }
            for giver, to, words, value in zip(people, people[1:], WORDS, VALUES, strict=False)
        ],
    }
    return render(request, "styleguide.html", context)


@require_GET
def looks(request: PersonRequest) -> HttpResponse:
    """Every look of a theme day in light and in dark: page, card, choice, emblem, year, wall, paper."""
    greeting = "A calm line of at most sixty characters, as on the day itself"
    context = {
        "crumbs": [CRUMBS[0], {"label": "Style guide", "url": "/styleguide/"}, {"label": "Looks"}],
        "looks": [
            {"key": look.key, "look": look.key, "name": look.name, "greeting": greeting}
            for look in LOOKS.values()
        ],
        "schemes": ("light", "dark"),
        "looks_of_any_day": LOOKS_OF_ANY_DAY.values(),
    }
    return render(request, "styleguide_looks.html", context)

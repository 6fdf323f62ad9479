"""How somebody wants to be thanked, as forms."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagement.people.models import Person


class ThanksForm(forms.Form):
    """The three choices; each is a plain yes or no."""

    keeps_private = forms.BooleanField(
        label=_("Keep new thank-yous between me and the giver"),
        help_text=_(
            "Nobody else reads them, and no screen shows them. You can open up a single one on its"
            " page. What you have been thanked for until now stays as it is."
        ),
        required=False,
    )
    by_partners = forms.BooleanField(
        label=_("People of other employers may thank me"),
        help_text=_(
            "Turned off, only colleagues of your own employer find your name when they say thank"
            " you. Others can still thank your team."
        ),
        required=False,
    )
    milestones = forms.BooleanField(
        label=_("Celebrate my first day and my years here"),
        help_text=_(
            "After one year, three, five, and every five years. Your first name comes on the walls"
            " near you, if you let walls show it, and your team lead hears of it a week before."
            " Never how old you are."
        ),
        required=False,
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, person: Person) -> None:
        super().__init__(
            data,
            initial={
                "keeps_private": person.keeps_thanks_private,
                "by_partners": person.is_thanked_by_partners,
                "milestones": person.celebrates_milestones,
            },
        )


class FirstDayForm(forms.Form):
    """What somebody new says: where they may be welcomed, or not at all."""

    ANSWERS = (("any", ""), ("team", ""), ("yes", ""), ("no", ""))
    answer = forms.ChoiceField(choices=ANSWERS)

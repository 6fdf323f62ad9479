"""What the page to add a photo sends."""

import datetime as dt
import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.people.models import Person
from engagement.people.queries import person_option, search_people
from engagement.people.receivers import resolve_receivers
from events import actions
from events.actions.photos import MOST_TAGGED
from events.models import ALT_LENGTH, Event, Photo
from events.pictures import MOST_BYTES, Picture, draw_anew

TEXT_LENGTH = 400


class PhotoForm(forms.Form):
    """A file, what it shows, who is on it. ``people`` holds keys; typed names count too, without
    script, when they mean one person."""

    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        allow_empty_file=True,
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/png,image/webp", "data-testid": "photo-file"}
        ),
        error_messages={"required": gettext_lazy("Choose a photo first.")},
    )
    alt = forms.CharField(
        label=gettext_lazy("What does one see?"),
        max_length=20 * ALT_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-testid": "photo-alt"}),
        help_text=gettext_lazy("For those who do not see pictures. No names."),
    )
    people = forms.MultipleChoiceField(label=gettext_lazy("Who is on it?"), required=False)
    people_text = forms.CharField(required=False, max_length=TEXT_LENGTH)
    has_named_all = forms.BooleanField(
        label=gettext_lazy("Everybody who can be recognised is named here"),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-testid": "photo-all-named"}),
    )

    def __init__(self, *args: Any, viewer: Person, day: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.viewer, self.day = viewer, day
        self.chosen: list[Person] = []
        self.typed = ""
        # Any key may be sent: all are looked up at once when the form is cleaned.
        self.fields["people"].valid_value = lambda _key: True  # type: ignore[attr-defined]

    def clean_people(self) -> list[Person]:
        keys = self.cleaned_data["people"][: MOST_TAGGED + 1]
        self.chosen, _units, _shifts, unknown = resolve_receivers(keys, day=self.day)
        if unknown or _units or _shifts:
            raise ValidationError(_("Somebody you chose does not work here any more."))
        return self.chosen

    def clean_people_text(self) -> str:
        names = [name for name in self.cleaned_data["people_text"].split(",") if name.strip()]
        unclear = []
        for name in names[:MOST_TAGGED]:
            found = search_people(name, viewer=self.viewer, day=self.day, limit=2)
            if len(found) == 1:
                self.chosen.append(found[0].person)
            else:
                unclear.append(name.strip())
        self.typed = ", ".join(unclear)
        if unclear:
            raise ValidationError(
                _("Write first and last name: %(names)s could be nobody, or several.")
                % {"names": self.typed}
            )
        return self.typed

    @property
    def people_json(self) -> str:
        """Those chosen, for the type-ahead of a page that is shown again."""
        options = [person_option(one, None, None).as_dict() for one in self.chosen]
        return json.dumps(options, ensure_ascii=False)

    @property
    def people_errors(self) -> list[str]:
        return [*self.errors.get("people", []), *self.errors.get("people_text", [])]

    def picture(self) -> Picture:
        """Drawn anew; a file that is too large is not read."""
        sent: UploadedFile = self.cleaned_data["photo"]
        return draw_anew(sent.read(MOST_BYTES + 1))

    def perform(self, *, event: Event, by: Person, at: dt.datetime) -> Photo | None:
        """The photo; None when something was refused, which then stands at its field."""
        try:
            picture = self.picture()
        except ValidationError as error:
            self.add_error("photo", error)
            return None
        try:
            return actions.add_photo(
                event=event,
                picture=picture,
                alt=self.cleaned_data["alt"],
                people=self.chosen,
                has_named_all=self.cleaned_data["has_named_all"],
                by=by,
                at=at,
            )
        except ValidationError as error:
            self.add_error(None, error)
            return None

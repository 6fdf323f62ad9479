"""A thank-you: who gives it, to whom, for what, and who may see it."""

import datetime as dt
from typing import Any, NamedTuple, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.live.models import Stream
from engagement.people.models import Person, ShiftPattern, Site, Unit
from engagement.people.receivers import Receiver
from engagement.people.shifts import Shift
from kudos.mentions import Piece, Span, pieces_of
from kudos.models.values import Value

MESSAGE_LENGTH = 500
CUSTOMER_HUE = 1
# What search compares (`queries.search`): each word as it is and as the root that Norwegian and
# English make of it, and the week and the thirteen weeks, so that a search can go back by them.
# Without the marks that would make one word of "fjordtel.no".
SEARCH_WORDS = """(
    to_tsvector('norwegian', translate(message, '-./@:_', '      '))
    || to_tsvector('english', translate(message, '-./@:_', '      '))
    || to_tsvector('simple', translate(message, '-./@:_', '      '))
    || array_to_tsvector(ARRAY[
        'week ' || floor(extract(epoch FROM show_from AT TIME ZONE 'UTC') / 604800)::integer,
        'season ' || floor(extract(epoch FROM show_from AT TIME ZONE 'UTC') / 7862400)::integer
    ])
)"""
NOT_ON_CARDS = (
    "password", "last_login", "employee_number", "email", "phone", "title", "language", "manager",
    "shift_pattern", "wall_choice", "keeps_thanks_private", "is_thanked_by_partners",
    "celebrates_milestones", "started_on", "search_text", "sort_name",
)  # fmt: skip


class Tally(NamedTuple):
    """How many gave one reaction of the palette, and whether the viewer is among them."""

    kind: str
    label: str
    number: int
    is_mine: bool


class KudosQuerySet(models.QuerySet["Kudos"]):
    def standing(self) -> Self:
        """Those neither withdrawn by their giver nor hidden by a moderator."""
        return self.filter(withdrawn_at__isnull=True, hidden_at__isnull=True)

    def shown(self, at: dt.datetime) -> Self:
        """Those standing whose hold is over, or whose day has come."""
        return self.standing().filter(show_from__lte=at, released_at__isnull=False)

    def planned(self) -> Self:
        """Those written for a later day, the nearest first."""
        return self.standing().filter(released_at__isnull=True).order_by("show_from", "pk")

    def due(self, at: dt.datetime) -> Self:
        """Those planned whose time has come."""
        return self.planned().filter(show_from__lte=at)

    def with_everything(self, viewer: Person) -> Self:
        """Loads what a card shows to ``viewer``, in a constant number of queries.

        ``named`` holds the receivers whom ``viewer`` may see named.
        """
        return self.with_faces(viewer).prefetch_related("mentions__person")

    def with_faces(self, viewer: Person) -> Self:
        """The same but for those named with @, whom few cards have (`queries.with_talk`)."""
        # What no card shows is left in the database: the widest columns are among it.
        hidden = [f"person__{field}" for field in NOT_ON_CARDS]
        named = (
            KudosReceiver.objects.named_to(viewer)
            .select_related("person__employer", "unit", "site", "shift_pattern")
            .defer(*hidden)
            .order_by("pk")
        )
        return (
            self.select_related("giver__employer", "value", "from_unit")
            .defer(*(f"giver__{field}" for field in NOT_ON_CARDS))
            .prefetch_related(models.Prefetch("receivers", queryset=named, to_attr="named"))
        )


class KudosManager(models.Manager["Kudos"]):
    def get_queryset(self) -> models.QuerySet["Kudos"]:
        # Longer than the message itself, and read by the database only.
        return super().get_queryset().defer("search_words")


class Kudos(models.Model):
    """One thank-you. Held back until ``show_from``; until then only its giver sees it.

    One that is planned for a later day has no ``released_at`` yet; the clock releases it. ``giver``
    is who wrote it, also when it speaks for a team (``from_unit``) or passes on what a customer said.
    """

    class Audience(models.TextChoices):
        TEAM = "team", _("The team")
        SITE = "site", _("The site")
        COMPANY = "company", _("Everybody")
        PRIVATE = "private", _("Only us")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("k"), editable=False)
    giver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="kudos_given")
    message = models.CharField(_("message"), max_length=MESSAGE_LENGTH)
    value = models.ForeignKey(
        Value, null=True, blank=True, on_delete=models.PROTECT, related_name="kudos"
    )
    audience = models.CharField(max_length=7, choices=Audience.choices)
    wants_wall = models.BooleanField(default=False)
    # A name from `kudos.looks`; theme days bring their own.
    look = models.SlugField(max_length=30, default="plain", db_default="plain")
    from_unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    is_from_customer = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    show_from = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    # Out of other people's feeds, because somebody it names has left (`KudosPolicy`).
    left_feeds_at = models.DateTimeField(null=True, blank=True)
    # A form or client that sends the same thing twice says so by the same text here.
    once = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001 - NULL is unlike NULL, "" is not

    search_words = models.GeneratedField(
        expression=Func(template=SEARCH_WORDS, output_field=SearchVectorField()),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = KudosManager.from_queryset(KudosQuerySet)()

    # Loaded by `with_everything`, and by `queries.with_talk`.
    named: list["KudosReceiver"]
    tallies: list["Tally"]
    comment_count: int

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(audience__in=["team", "site", "company", "private"]),
                name="kudos_audience_known",
            ),
            models.CheckConstraint(
                condition=~Q(message=""),
                name="kudos_says_something",
                violation_error_message=_("Write a line about what you saw."),
            ),
            models.CheckConstraint(
                condition=Q(show_from__gte=F("created_at")), name="kudos_shown_after_it_is_made"
            ),
            models.CheckConstraint(
                condition=~Q(audience="private", wants_wall=True),
                name="kudos_private_stays_off_walls",
                violation_error_message=_("A private thank-you cannot go on a wall."),
            ),
            models.CheckConstraint(
                condition=Q(is_from_customer=False) | Q(from_unit__isnull=True),
                name="kudos_has_one_voice",
            ),
            models.UniqueConstraint("giver", "once", name="kudos_sent_once"),
        ]
        indexes = [
            models.Index(fields=["giver", "-show_from", "-id"], name="kudos_by_giver"),
            # At once, not in a list beside the index that every search would read as well.
            GinIndex(fields=["search_words"], name="kudos_by_words", fastupdate=False),
            models.Index(
                "left_feeds_at",
                name="kudos_out_of_feeds",
                condition=Q(left_feeds_at__isnull=False),
            ),
            models.Index(
                "show_from",
                name="kudos_planned",
                condition=Q(
                    released_at__isnull=True, withdrawn_at__isnull=True, hidden_at__isnull=True
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_planned(self) -> bool:
        return self.released_at is None

    @property
    def pieces(self) -> list[Piece]:
        """The message, cut at the names in it. No query without an @, or with mentions loaded."""
        if "@" not in self.message:
            return pieces_of(self.message, ())
        return pieces_of(
            self.message,
            (
                Span(one.person, one.starts_at, one.ends_at)
                for one in self.mentions.all()
                if one.comment_id is None
            ),
        )

    @property
    def is_in_own_name(self) -> bool:
        """Whether the giver speaks, not a team or a customer through them."""
        return not self.is_from_customer and self.from_unit_id is None

    @property
    def sender_name(self) -> str:
        """Who speaks, in full: a customer, a unit, or the giver."""
        if self.is_from_customer:
            return gettext("A customer")
        return self.from_unit.name if self.from_unit else self.giver.name

    @property
    def sender_face(self) -> dict[str, Any] | Unit | Person:
        """What the sender's face is drawn from."""
        if self.is_from_customer:
            return {"name": self.sender_name, "initials": "♥", "hue": CUSTOMER_HUE}
        return self.from_unit or self.giver


class KudosReceiverQuerySet(models.QuerySet["KudosReceiver"]):
    def shown(self, at: dt.datetime) -> Self:
        """Those whose kudos is past its hold and still stands."""
        return self.filter(
            show_from__lte=at,
            kudos__withdrawn_at__isnull=True,
            kudos__hidden_at__isnull=True,
            kudos__released_at__isnull=False,
        )

    def of_leavers(self, day: dt.date) -> Self:
        """Those that are people who had left on ``day``."""
        return self.filter(person__left_on__lte=day)

    def named_to(self, viewer: Person) -> Self:
        """Those whom ``viewer`` may see thanked: not who keeps it private, but oneself and one's own."""
        return self.filter(Q(is_private=False) | Q(person=viewer) | Q(giver=viewer))


class KudosReceiver(models.Model):
    """A person, a unit or a shift that is thanked.

    The giver is repeated here so that the database itself refuses self-praise.
    """

    kudos = models.ForeignKey(Kudos, on_delete=models.CASCADE, related_name="receivers")
    giver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="kudos_received"
    )
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="kudos_received"
    )
    # The partial index below begins with the two.
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    shift_pattern = models.ForeignKey(
        ShiftPattern,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    show_from = models.DateTimeField()
    # The person keeps this one private: only they and the giver see that it was for them.
    is_private = models.BooleanField(default=False, db_default=False)
    # The receiver took this one off the walls; it stays in the feed.
    off_wall_at = models.DateTimeField(null=True, blank=True)

    objects = KudosReceiverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, unit__isnull=True, site__isnull=True)
                | Q(person__isnull=True, unit__isnull=False, site__isnull=True)
                | Q(person__isnull=True, unit__isnull=True, site__isnull=False),
                name="kudos_receiver_is_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(site__isnull=True, shift_pattern__isnull=True)
                | Q(site__isnull=False, shift_pattern__isnull=False),
                name="kudos_receiver_shift_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(is_private=False) | Q(person__isnull=False),
                name="kudos_only_people_keep_private",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | ~Q(person=F("giver")),
                name="kudos_not_to_self",
                violation_error_message=_("You cannot thank yourself."),
            ),
            models.UniqueConstraint("kudos", "person", name="kudos_thanks_a_person_once"),
            models.UniqueConstraint("kudos", "unit", name="kudos_thanks_a_unit_once"),
            models.UniqueConstraint(
                "kudos", "site", "shift_pattern", name="kudos_thanks_a_shift_once"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-show_from", "-kudos"], name="kudos_by_receiver"),
            models.Index(fields=["unit", "-show_from", "-kudos"], name="kudos_by_receiving_unit"),
            models.Index(
                fields=["site", "shift_pattern", "-show_from", "-kudos"],
                name="kudos_by_receiving_shift",
                condition=Q(site__isnull=False),
            ),
            models.Index(fields=["giver", "-id"], name="kudos_receivers_by_giver"),
        ]

    def __str__(self) -> str:
        return f"{self.kudos_id} → {self.one}"

    @property
    def one(self) -> Receiver:
        """Who is thanked."""
        if self.site and self.shift_pattern:
            return Shift(self.site, self.shift_pattern)
        one = self.person or self.unit
        assert one is not None  # kudos_receiver_is_one_thing
        return one


class KudosReach(models.Model):
    """An audience that may read a kudos: what makes each feed one bounded walk over an index."""

    kudos = models.ForeignKey(Kudos, on_delete=models.CASCADE, related_name="reaches")
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="+")
    show_from = models.DateTimeField()
    # That of the kudos, so that a feed of one value is a bounded walk too.
    value = models.ForeignKey(
        Value, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint("kudos", "stream", name="kudos_reaches_a_stream_once")
        ]
        indexes = [
            models.Index(
                fields=["stream", "-show_from", "-kudos"], name="kudos_reach_newest_first"
            ),
            models.Index(
                fields=["stream", "value", "-show_from", "-kudos"],
                name="kudos_reach_by_value",
                condition=Q(value__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kudos_id} → {self.stream_id}"

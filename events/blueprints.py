"""What a new event starts from: words in both languages, and what usually goes with it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language

Words = Mapping[str, str]


@dataclass(frozen=True)
class Blueprint:
    """``clock`` None: a sitting in each shift; otherwise one at that time at each site. ``repeat`` is
    one of `series_forms.REPEATS`."""

    key: str
    emblem: str
    title: Words
    about: Words
    description: Words
    minutes: int
    capacity: int | None
    repeat: str = "once"
    clock: dt.time | None = None
    place: Words | None = None
    jobs: Sequence[tuple[Words, int]] = ()

    def in_words(self, words: Words | None) -> str:
        """``words`` in the active language."""
        return (words or {}).get((get_language() or "nb").split("-")[0], "")

    @property
    def named(self) -> str:
        return self.in_words(self.title)

    @property
    def explained(self) -> str:
        return self.in_words(self.about)


CANTEEN = {"nb": "Kantina", "en": "The canteen"}
TIDYING = {"nb": "Rydding", "en": "Clearing up"}
BLUEPRINTS = {
    one.key: one
    for one in (
        Blueprint(
            key="waffle",
            emblem="waffle",
            title={"nb": "Vaffelfredag", "en": "Waffle Friday"},
            about={"nb": "I hvert skift, hver fredag", "en": "In every shift, every Friday"},
            description={
                "nb": "Varme vafler med brunost og syltetøy. Kom innom når det passer i skiftet ditt.",
                "en": "Warm waffles with brown cheese and jam. Drop by when it suits your shift.",
            },
            minutes=30,
            capacity=20,
            repeat="weekly",
            place=CANTEEN,
            jobs=(
                ({"nb": "Røre", "en": "Batter"}, 1),
                ({"nb": "Steking", "en": "Waffle irons"}, 2),
                (TIDYING, 2),
            ),
        ),
        Blueprint(
            key="cake",
            emblem="cake",
            title={"nb": "Kake", "en": "Cake"},
            about={"nb": "Når noe skal feires", "en": "When there is something to celebrate"},
            description={
                "nb": "Vi feirer med kake. Alle er velkomne.",
                "en": "We celebrate with cake. Everybody is welcome.",
            },
            minutes=30,
            capacity=None,
            place=CANTEEN,
            jobs=((TIDYING, 1),),
        ),
        Blueprint(
            key="coffee",
            emblem="coffee",
            title={"nb": "Kaffemorgen", "en": "Coffee morning"},
            about={"nb": "En prat ved maskinen", "en": "A chat by the machine"},
            description={
                "nb": "Et kvarter med god kaffe og en prat på tvers av lagene.",
                "en": "A quarter of an hour with good coffee and a chat across teams.",
            },
            minutes=15,
            capacity=None,
            repeat="weekly",
            clock=dt.time(9),
            place=CANTEEN,
        ),
        Blueprint(
            key="quiz",
            emblem="quiz",
            title={"nb": "Quizlunsj", "en": "Quiz lunch"},
            about={"nb": "Lag på fire, én lunsj", "en": "Teams of four, one lunch"},
            description={
                "nb": "Tjue spørsmål mens du spiser. Still alene, så finner vi et lag til deg.",
                "en": "Twenty questions while you eat. Come alone and we find you a team.",
            },
            minutes=30,
            capacity=32,
            repeat="monthly",
            clock=dt.time(11, 30),
            place=CANTEEN,
            jobs=(({"nb": "Quizmaster", "en": "Quiz master"}, 1),),
        ),
        Blueprint(
            key="walk",
            emblem="walk",
            title={"nb": "Gåtur", "en": "Walk"},
            about={"nb": "En halvtime ute", "en": "Half an hour outside"},
            description={
                "nb": "En rolig runde i nabolaget. Ta på sko som tåler været.",
                "en": "A calm round of the neighbourhood. Wear shoes for the weather.",
            },
            minutes=30,
            capacity=None,
            repeat="weekly",
            clock=dt.time(12),
            place={"nb": "Hovedinngangen", "en": "The main entrance"},
        ),
        Blueprint(
            key="course",
            emblem="learn",
            title={"nb": "Kurs", "en": "Course"},
            about={"nb": "Lær noe nytt sammen", "en": "Learn something together"},
            description={
                "nb": "Skriv hva dere skal lære, og hva man trenger å kunne fra før.",
                "en": "Say what you will learn, and what one needs to know before.",
            },
            minutes=60,
            capacity=12,
            clock=dt.time(13),
            place={"nb": "Møterommet", "en": "The meeting room"},
        ),
    )
}

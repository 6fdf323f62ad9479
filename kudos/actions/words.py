"""The list of words that are asked about before they are sent."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from engagement.people import actions as people
from engagement.people.models import Person
from engagement.text import clean_line
from kudos.models import WORD_LENGTH, WarnedWord
from kudos.wording import fold_word, words_in

WORDS_MOST = 1000
LIST_LOCK = 7_203_040


@transaction.atomic
def add_warned_word(*, language: str, word: str, by: Person, at: dt.datetime) -> WarnedWord:
    """Puts one whole word on a language's list. Raises ValidationError that says what to do."""
    text = clean_line(word)
    if len(text) > WORD_LENGTH:
        problem = _("The word has %(length)d letters; at most %(limit)d fit.")
        raise ValidationError({"word": problem % {"length": len(text), "limit": WORD_LENGTH}})
    # What is not exactly one word would never be found.
    folded = fold_word(text)
    is_word = words_in(text) == [folded] and any(letter.isalpha() for letter in folded)
    if not is_word or len(folded) > 2 * WORD_LENGTH:
        raise ValidationError({"word": _("Write one word with letters in it.")})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LIST_LOCK])
    if WarnedWord.objects.count() >= WORDS_MOST:
        problem = _("The list holds %(count)d words at most. Remove some first.")
        raise ValidationError({"word": problem % {"count": WORDS_MOST}})
    added = WarnedWord(language=language, word=text, folded=folded)
    added.full_clean()
    added.save()
    people.record(
        verb="warned-word-added", by=by, at=at, subject="warned-words", word=text, language=language
    )
    return added


@transaction.atomic
def remove_warned_word(*, word: WarnedWord, by: Person, at: dt.datetime) -> None:
    """Takes a word off its list; twice is the same as once."""
    removed, _by_model = WarnedWord.objects.filter(pk=word.pk).delete()
    if removed:
        people.record(
            verb="warned-word-removed", by=by, at=at, subject="warned-words",
            word=word.word, language=word.language,
        )  # fmt: skip

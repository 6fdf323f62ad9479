"""My thanks: to read again, to print, and as a book of the year. For nobody but oneself."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_GET

from engagement import times
from engagement.http.templatetags.vaffel import in_a_row
from engagement.people.requests import PersonRequest
from kudos import access, queries
from kudos.number_words import in_words


@require_GET
def mine(request: PersonRequest) -> HttpResponse:
    """What I have been thanked for, a year on a page, the newest first."""
    at, me = times.now(), request.user
    years = queries.years_thanked(me, at=at)
    asked = request.GET.get("year", str(years[0].number) if years else "")
    year = next((one for one in years if str(one.number) == asked), None)
    if asked and year is None:
        raise Http404
    months = queries.thanks_of_year(me, year.number, at=at, is_newest_first=True) if year else []
    queries.with_talk_by_month(months, me)
    context = {"years": years, "year": year, "months": months, "at": at}
    return render(request, "kudos/mine.html", context)


@require_GET
def year_book(request: PersonRequest, year: int) -> HttpResponse:
    """All of a year on paper: a cover, and the months that have any."""
    if not 2000 <= year <= 9000:
        raise Http404
    months = queries.thanks_of_year(request.user, year, at=times.now())
    count = sum(len(month.thanks) for month in months)
    if not count:
        raise Http404
    sentence = ngettext(
        "Once somebody said thank you.", "%(number)s times somebody said thank you.", count
    )
    words = (sentence % {"number": in_words(count, get_language() or "nb")}).strip()
    context = {"year": year, "months": months, "sentence": words[:1].upper() + words[1:]}
    return render(request, "kudos/year_book.html", context)


@require_GET
def print_card(request: PersonRequest, key: str) -> HttpResponse:
    """One thank-you as a card of A6, for whoever may read it."""
    kudos = access.get_kudos_to_view(request.user, key)
    context = {
        "kudos": kudos,
        "look": queries.look_of(kudos),
        "to": in_a_row([receiver.one.name for receiver in kudos.named]),
    }
    return render(request, "kudos/print_card.html", context)

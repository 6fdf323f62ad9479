"""What screen keepers do."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.http.csp import csp_override
from engagement.people.requests import PersonRequest
from engagement.themes.access import get_theme_day_to_view
from engagement.themes.policy import FRAMED
from engagement.wallboards import access, actions, queries
from engagement.wallboards.forms import BoardForm, PairForm, ScreenForm
from engagement.wallboards.models import Board, Pairing
from engagement.wallboards.texts import SYMBOL_NAMES, WALL_TEXTS

DIRECTIONS: dict[str, actions.Direction] = {
    "identify": "identify",
    "reload": "reload",
    "blank": "blank",
    "unblank": "unblank",
}


def _keepers_only(request: PersonRequest) -> None:
    if not access.can_keep_screens(request.user):
        raise PermissionDenied


@require_GET
def fleet(request: PersonRequest) -> HttpResponse:
    """All screens with their age, and the boards they show."""
    _keepers_only(request)
    at = times.now()
    boards = Board.objects.select_related("site", "unit").order_by("name")
    context = {"screens": queries.fleet(at=at), "boards": boards, "at": at}
    return render(request, "wallboards/fleet.html", context)


@require_http_methods(["GET", "POST"])
def pair(request: PersonRequest) -> HttpResponse:
    """Type or scan the code, see the same symbol, choose the board, confirm."""
    _keepers_only(request)
    at = times.now()
    form = PairForm(request.POST or None, initial={"code": request.GET.get("code", "")[:20]})
    if request.method == "POST" and form.is_valid():
        try:
            _find_pairing(request, form.cleaned_data["code"])
            screen = actions.confirm_pairing(by=request.user, at=at, **form.cleaned_data)
            messages.success(request, _("%(name)s is on the wall.") % {"name": screen.name})
            return redirect("wallboards:fleet")
        except ValidationError as error:
            form.add_error(None, error)
    return render(
        request, "wallboards/pair.html", {"form": form, "has_boards": Board.objects.exists()}
    )


def _find_pairing(request: PersonRequest, code: str) -> Pairing:
    """The waiting pairing with ``code``; each wrong one is counted. Raises ValidationError."""
    try:
        return actions.find_pairing(code=code, at=times.now())
    except ValidationError:
        actions.count_wrong_code(by=request.user, at=times.now())
        raise


@require_GET
def pair_symbol(request: PersonRequest) -> HttpResponse:
    """The symbol the screen with this code shows, for the keeper to compare."""
    _keepers_only(request)
    if sum(letter.isalpha() for letter in request.GET.get("code", "")) < actions.CODE_LENGTH:
        return HttpResponse()  # still typing
    try:
        pairing = _find_pairing(request, request.GET.get("code", "")[:20])
    except ValidationError as error:
        return render(request, "wallboards/pair_symbol.html", {"problem": error.messages[0]})
    name = SYMBOL_NAMES[pairing.symbol][get_language() or "nb"]
    return render(request, "wallboards/pair_symbol.html", {"pairing": pairing, "name": name})


@require_http_methods(["GET", "POST"])
def create_board(request: PersonRequest) -> HttpResponse:
    _keepers_only(request)
    form = BoardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        board = actions.create_board(by=request.user, at=times.now(), **form.cleaned_data)
        messages.success(request, _("The board %(name)s is ready for screens.") % {"name": board})
        return redirect("wallboards:fleet")
    return render(request, "wallboards/board.html", {"form": form})


@require_http_methods(["GET", "POST"])
def change_board(request: PersonRequest, key: str) -> HttpResponse:
    board = access.get_board_to_keep(request.user, key)
    form = BoardForm(request.POST or None, instance=board)
    if request.method == "POST" and form.is_valid():
        actions.change_board(board=form.instance, by=request.user, at=times.now())
        messages.success(request, _("Saved. The screens follow within seconds."))
        return redirect("wallboards:fleet")
    return render(request, "wallboards/board.html", {"form": form, "board": board})


@require_http_methods(["GET", "POST"])
def change_screen(request: PersonRequest, key: str) -> HttpResponse:
    screen = access.get_screen_to_keep(request.user, key)
    initial = {"name": screen.name, "board": screen.board.key}
    form = ScreenForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change_screen(screen=screen, by=request.user, at=times.now(), **form.cleaned_data)
        messages.success(request, _("Saved. The screen follows within seconds."))
        return redirect("wallboards:fleet")
    context = {"form": form, "screen": screen, "at": times.now()}
    return render(request, "wallboards/change_screen.html", context)


@require_POST
def direct_screen(request: PersonRequest, key: str) -> HttpResponse:
    screen = access.get_screen_to_keep(request.user, key)
    what = DIRECTIONS.get(request.POST.get("what", ""))
    if what is None:
        raise BadRequest("no such direction")
    actions.direct_screen(screen=screen, what=what, by=request.user)
    messages.info(request, _("Asked %(name)s. It follows within seconds.") % {"name": screen.name})
    return redirect("wallboards:change-screen", key=screen.key)


@require_http_methods(["GET", "POST"])
def revoke_screen(request: PersonRequest, key: str) -> HttpResponse:
    """Asks once: it cannot be undone."""
    screen = access.get_screen_to_keep(request.user, key)
    if request.method == "POST":
        actions.revoke_screen(screen=screen, by=request.user, at=times.now())
        messages.success(request, _("%(name)s no longer shows anything.") % {"name": screen.name})
        return redirect("wallboards:fleet")
    return render(request, "wallboards/revoke_screen.html", {"screen": screen})


@require_GET
@xframe_options_sameorigin
@csp_override(FRAMED)
def theme_still(request: PersonRequest, key: str) -> HttpResponse:
    """A wall as on a theme day, with made-up cards: to look at before it comes."""
    language = get_language() or "nb"
    context = {
        "day": get_theme_day_to_view(request.user, key),
        "language": language,
        "organisation": queries.organisation_name(),
        "earlier": WALL_TEXTS[language]["earlier_today"],
    }
    return render(request, "wallboards/theme_still.html", context)

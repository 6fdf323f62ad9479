"""The service worker of the wall, served from its own scope."""

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET


@require_GET
@never_cache
def screen_worker(request: HttpRequest) -> HttpResponse:
    """``/screen/sw.js``: a worker may only rule over paths below its own address."""
    path = finders.find("wallboards/sw.js")
    if not isinstance(path, str):
        raise Http404
    with open(path, encoding="utf-8") as source:
        return HttpResponse(source.read(), content_type="text/javascript; charset=utf-8")

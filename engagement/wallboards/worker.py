"""The service worker of the wall, served from its own scope."""

from pathlib import Path

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
    source = Path(path).read_text(encoding="utf-8")
    return HttpResponse(source, content_type="text/javascript; charset=utf-8")

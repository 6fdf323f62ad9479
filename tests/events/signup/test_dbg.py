import datetime as dt
from tests.events.signup.test_pages import *
def test_dbg(cast, waffles):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    sitting = Sitting.objects.select_related("event__series", "site").get()
    with CaptureQueriesContext(connection) as c:
        actions.sign_up(by=cast.alice, sitting=sitting, at=AT)
    for q in c.captured_queries: print(q["sql"][:150])
    assert 0

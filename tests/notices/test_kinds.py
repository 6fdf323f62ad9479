"""Every kind of notice can be read and mailed."""

import pytest
from django.template.loader import get_template
from django.utils import translation

from engagement.notices.kinds import KINDS

PARTS = ["app.html", "subject.txt", "txt", "html"]


@pytest.mark.parametrize("key", sorted(KINDS))
@pytest.mark.parametrize("part", PARTS)
def test_kind_has_its_templates(key: str, part: str) -> None:
    assert get_template(f"notices/{key}.{part}")


@pytest.mark.parametrize("key", sorted(KINDS))
def test_kind_has_a_title(key: str) -> None:
    with translation.override("en"):
        assert str(KINDS[key].title)

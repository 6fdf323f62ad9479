"""What people are told about events. Read at start; each group of kinds stands in a file of its own."""

from events.signup_notices import LOTS_DRAWN as LOTS_DRAWN
from events.signup_notices import OFFER_LAPSED as OFFER_LAPSED
from events.signup_notices import PLACE_GIVEN as PLACE_GIVEN
from events.signup_notices import PLACE_OFFERED as PLACE_OFFERED

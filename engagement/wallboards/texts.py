"""The words on the wall, in both languages.

The wall learns its language only when its board arrives, and it must speak without a network, so all
words travel with the page (as JSON, see ``templates/wallboards/screen.html``) instead of through
gettext. Placeholders in braces are filled by the script.
"""

WALL_TEXTS: dict[str, dict[str, str]] = {
    "nb": {
        "pair_title": "Koble til denne skjermen",
        "pair_step_1": "Skann koden, eller gå til {address}",
        "pair_step_2": "Logg inn og tast bokstavene",
        "pair_step_3": "Se etter det samme symbolet, og velg tavle",
        "pair_symbol": "Symbolet er {name}",
        "pair_left": "Ny kode om {minutes} min",
        "pair_left_soon": "Ny kode straks",
        "pair_waiting": "Venter på nett. En kode kommer så snart skjermen er tilkoblet.",
        "pair_waiting_title": "Ingen kontakt ennå",
        "earlier_today": "Tidligere i dag",
        "also_today": "Også i dag",
        "lately": "De siste dagene",
        "from": "fra {name}",
        "empty_title": "Ingen takk ennå i dag.",
        "empty_text": "Den første kan være din.",
        "invite": "Si takk på {address}",
        "age": "Sist oppdatert {time}",
        "offline_title": "Veggen er uten nett",
        "offline_text": "Du ser det siste som kom, {time}. Resten kommer av seg selv.",
        "identify": "Denne skjermen er",
        "page": "{page} av {pages}",
    },
    "en": {
        "pair_title": "Connect this screen",
        "pair_step_1": "Scan the code, or go to {address}",
        "pair_step_2": "Sign in and type the letters",
        "pair_step_3": "Look for the same symbol, and choose a board",
        "pair_symbol": "The symbol is {name}",
        "pair_left": "New code in {minutes} min",
        "pair_left_soon": "New code in a moment",
        "pair_waiting": "Waiting for the network. A code appears as soon as the screen is connected.",
        "pair_waiting_title": "No contact yet",
        "earlier_today": "Earlier today",
        "also_today": "Also today",
        "lately": "The last few days",
        "from": "from {name}",
        "empty_title": "No thanks yet today.",
        "empty_text": "The first one could be yours.",
        "invite": "Say thanks at {address}",
        "age": "Last updated {time}",
        "offline_title": "The wall is offline",
        "offline_text": "You see what came last, at {time}. The rest follows by itself.",
        "identify": "This screen is",
        "page": "{page} of {pages}",
    },
}

# The signs of pairing: the same one on the screen and on the keeper's phone. Easy to tell apart in
# shape and colour, old enough to be in every television's font.
SYMBOL_NAMES: dict[str, dict[str, str]] = {
    "🐟": {"nb": "fisk", "en": "fish"},
    "🐻": {"nb": "bjørn", "en": "bear"},
    "🌲": {"nb": "gran", "en": "spruce"},
    "⛵": {"nb": "seilbåt", "en": "sailing boat"},
    "🐑": {"nb": "sau", "en": "sheep"},
    "🌻": {"nb": "solsikke", "en": "sunflower"},
    "🎈": {"nb": "ballong", "en": "balloon"},
    "🚲": {"nb": "sykkel", "en": "bicycle"},
    "☂️": {"nb": "paraply", "en": "umbrella"},
    "🔔": {"nb": "bjelle", "en": "bell"},
    "🍓": {"nb": "jordbær", "en": "strawberry"},
    "🏠": {"nb": "hus", "en": "house"},
    "🔑": {"nb": "nøkkel", "en": "key"},
    "⭐": {"nb": "stjerne", "en": "star"},
    "🐧": {"nb": "pingvin", "en": "penguin"},
    "🍎": {"nb": "eple", "en": "apple"},
}

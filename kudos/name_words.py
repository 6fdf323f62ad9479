"""Words around names, and words with a capital that are none: for `kudos.scrubbing`. In small letters."""

# Before a name.
HONOURS = {
    "herr", "hr", "fru", "frøken", "frk", "mr", "mrs", "ms", "miss", "dr", "doktor", "prof", "lege",
    "onkel", "tante", "mor", "far", "aunt", "uncle", "nabo", "naboen",
}  # fmt: skip
# After these stands who writes.
SIGNING = {
    "hilsen", "mvh", "hilsner", "hilsninger", "heter", "regards", "sincerely", "cheers", "klem",
    "hls",
}  # fmt: skip
SIGNING_PAIRS = {("navn", "er"), ("name", "is"), ("navnet", "er")}
# Between a signing word and the name: "Hilsen fra Kari", "Regards from".
SIGNING_FILLERS = {"fra", "from", "er", "is", "oss"}
# Written with a capital and nobody's name.
COMMON = {
    # pronouns, greetings and politeness
    "i", "i'm", "i’m", "i'd", "i’d", "i've", "i’ve", "i'll", "i’ll", "de", "dem", "deres", "dere", "du",
    "jeg", "hei", "hello", "hi", "takk", "tusen", "thanks", "thank", "ok", "god", "jul", "påske",
    "gud", "herregud",
    # days, months, feasts
    "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag", "monday", "tuesday",
    "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april",
    "june", "july", "august", "september", "october", "november", "december", "januar", "februar",
    "mars", "juni", "juli", "oktober", "desember", "christmas", "easter",
    # places and peoples
    "norge", "norway", "noreg", "oslo", "bergen", "trondheim", "stavanger", "tromsø", "drammen",
    "fornebu", "gjøvik", "hamar", "bodø", "kristiansand", "ålesund", "vilnius", "kaunas", "riga",
    "london", "england", "sverige", "sweden", "danmark", "denmark", "lithuania", "litauen", "latvia",
    "polen", "poland", "spania", "spain", "europa", "europe", "norsk", "norwegian", "english",
    "engelsk", "lithuanian", "polish", "swedish", "eu", "eøs", "uk", "usa",
    # brands and things of the trade
    "iphone", "ipad", "samsung", "apple", "google", "android", "galaxy", "huawei", "netflix", "hbo",
    "viaplay", "vipps", "bankid", "facebook", "instagram", "messenger", "whatsapp", "youtube",
    "spotify", "microsoft", "windows", "teams", "internett", "internet", "wifi", "wi-fi", "esim",
    "sim", "tv", "min", "mine", "side", "kundeservice", "chat", "bredbånd", "fiber", "mobil", "sms",
    "bluetooth", "excel", "outlook", "gmail", "face", "faceid", "visa", "mastercard", "klarna",
    "posten", "postnord", "elkjøp", "power", "team",
}  # fmt: skip

"""Words around names, and words with a capital that are none: in small letters."""

# Before a name.
HONOURS = {
    "herr", "hr", "fru", "frøken", "frk", "mr", "mrs", "ms", "miss", "dr", "doktor", "prof", "lege",
    "onkel", "tante", "mor", "far", "aunt", "uncle", "nabo", "naboen",
}  # fmt: skip
# After these stands who writes.
SIGNING = {
    "hilsen", "mvh", "hilsner", "hilsninger", "heter", "regards", "sincerely", "cheers", "klem",
    "hls", "vh", "xoxo", "greetings",
}  # fmt: skip
SIGNING_PAIRS = {("navn", "er"), ("name", "is"), ("navnet", "er"), ("mitt", "er"), ("called", "me")}
# The same when they begin a line and something stands between: "Best, Priya".
SIGNING_FIRST = {"best", "love", "thanks", "takk", "yours"}
# After these a name comes, also one that nobody has heard of and in small letters.
NAMING = {"heter"}
# Between a signing word and the name: "Hilsen fra Kari", "Regards from".
SIGNING_FILLERS = {"fra", "from", "er", "is", "oss"}
# Whom one tells of: "sønnen min Elias", "my wife Aoife".
RELATIVES = {
    "mann", "mannen", "kone", "kona", "sønn", "sønnen", "datter", "datteren", "dattera", "mor", "moren",
    "mora", "far", "faren", "bror", "broren", "søster", "søsteren", "samboer", "samboeren", "kjæreste",
    "kjæresten", "bestemor", "bestefar", "mormor", "farmor", "morfar", "farfar", "svigermor", "svigerfar",
    "nabo", "naboen", "kollega", "kollegaen", "venn", "vennen", "venninne", "venninnen", "husband",
    "wife", "son", "daughter", "mother", "mum", "mom", "father", "dad", "brother", "sister", "partner",
    "grandmother", "grandfather", "neighbour", "neighbor", "colleague", "friend", "boyfriend",
    "girlfriend",
}  # fmt: skip
OWN = {"min", "mi", "mitt", "vår", "my", "our"}
# Small words inside a name: "van der Berg", "Al-Rashid".
PARTICLES = {
    "van",
    "von",
    "der",
    "den",
    "de",
    "af",
    "av",
    "al",
    "el",
    "bin",
    "da",
    "di",
    "du",
    "dos",
    "la",
    "le",
    "ter",
}
AND = {"og", "and", "&"}
# After these a capital is a place rather than a person.
WHERE = {"i", "in", "på", "at", "near", "ved", "utenfor", "outside", "around"}
# What stands after a greeting and is no name; in small letters where a name might be.
ORDINARY = {
    "a", "an", "the", "en", "et", "ei", "to", "tre", "two", "three", "all", "alle", "everyone", "everybody",
    "oss", "us", "meg", "me", "mate", "mates", "guys", "folks", "du", "deg", "dere", "you", "your", "our",
    "familie", "familien", "family", "hele", "whole", "gjengen", "gang", "team", "fornøyd", "fornøyde",
    "glad", "glade", "takknemlig", "takknemlige", "lykkelig", "happy", "satisfied", "grateful",
    "delighted", "very", "so", "veldig", "kjempefornøyd", "kunde", "kunden", "kunder", "customer",
    "customers", "client", "pensjonist", "pensjonisten", "student", "bestemor", "bestefar", "mormor",
    "mor", "far", "mamma", "pappa", "mann", "kvinne", "dame", "ikke", "not", "just", "bare", "still",
    "now", "nå", "her", "here", "in", "on", "at", "i", "på", "til", "for", "med", "with", "from", "fra",
    "og", "and", "as", "som", "no", "nok", "det", "den", "that", "it", "is", "er", "wishes", "regards",
    "hilsen", "of", "av", "over", "under", "service", "hjelp", "help", "ever", "gammel", "old", "ung",
    "young", "tidligere", "former", "new", "ny", "liten", "stor", "good", "god", "best", "beste", "one",
    "noe", "something", "nothing", "ingenting", "both", "begge", "ditt", "din", "mitt", "min", "my",
    "always", "alltid", "thank", "thanks", "takk", "again", "igjen", "will", "was", "var", "has", "har",
    "way", "part", "regard", "spesielt", "ordentlig", "well", "bra",
}  # fmt: skip
# With a capital, and nobody's name.
COMMON = {
    # pronouns, greetings and politeness
    "i", "i'm", "i’m", "i'd", "i’d", "i've", "i’ve", "i'll", "i’ll", "de", "dem", "deres", "dere", "du",
    "jeg", "hei", "hello", "hi", "takk", "tusen", "thanks", "thank", "ok", "god", "godt", "gode", "nytt",
    "år", "jul", "påske", "gud", "herregud", "happy", "merry", "new", "year", "years", "halloween",
    "eid", "diwali", "nyttår", "pinse", "sommer", "vinter",
    # days, months, feasts
    "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag", "monday", "tuesday",
    "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april",
    "june", "july", "august", "september", "october", "november", "december", "januar", "februar",
    "mars", "juni", "juli", "oktober", "desember", "christmas", "easter",
    # peoples and tongues
    "norsk", "norwegian", "english", "engelsk", "lithuanian", "polish", "swedish", "arabic", "somali",
    "urdu", "ukrainian", "german", "tysk", "french", "spanish",
    # what is no brand
    "internett", "internet", "wifi", "wi-fi", "esim", "sim", "tv", "min", "mine", "side", "kundeservice",
    "chat", "bredbånd", "fiber", "mobil", "sms", "power", "team",
}  # fmt: skip
# What stands beside one of these, with a capital too, belongs to the place or the thing.
PLACES = {
    "norge", "norway", "noreg", "sverige", "sweden", "danmark", "denmark", "lithuania", "litauen", "latvia",
    "polen", "poland", "spania", "spain", "europa", "europe", "england", "scotland", "skottland", "eu",
    "eøs", "uk", "usa", "finland", "island", "iceland", "ireland", "irland", "tyskland", "germany", "france",
    "frankrike", "italia", "italy", "hellas", "greece", "thailand", "tyrkia", "turkey", "ukraina",
    "ukraine", "pakistan", "somalia", "syria", "iran", "irak", "iraq", "india", "kina", "china",
    "oslo", "bergen", "trondheim", "stavanger", "tromsø", "drammen", "fornebu", "gjøvik", "hamar",
    "bodø", "kristiansand", "ålesund", "sandnes", "fredrikstad", "sarpsborg", "skien", "porsgrunn",
    "haugesund", "sandefjord", "arendal", "tønsberg", "larvik", "halden", "horten", "lillehammer", "molde",
    "kongsberg", "harstad", "hønefoss", "steinkjer", "narvik", "alta", "hammerfest", "kirkenes", "vadsø",
    "mosjøen", "namsos", "levanger", "stjørdal", "verdal", "kristiansund", "førde", "florø", "volda",
    "ørsta", "stord", "leirvik", "notodden", "elverum", "kongsvinger", "raufoss", "jessheim", "lillestrøm",
    "bærum", "asker", "nesodden", "ski", "drøbak", "moss", "mandal", "farsund", "flekkefjord", "egersund",
    "bryne", "grimstad", "risør", "kragerø", "finnmark", "troms", "nordland", "trøndelag", "vestland",
    "rogaland", "agder", "telemark", "vestfold", "buskerud", "innlandet", "østfold", "akershus",
    "hordaland", "hedmark", "oppland", "lofoten", "vesterålen", "svalbard", "longyearbyen", "røros",
    "oppdal", "voss", "geilo", "trysil", "hemsedal", "setesdal", "gudbrandsdalen", "valdres", "toten",
    "vilnius", "kaunas", "klaipėda", "riga", "tallinn", "warszawa", "warsaw", "kraków", "gdańsk", "london",
    "york", "manchester", "leeds", "liverpool", "birmingham", "edinburgh", "glasgow", "dublin", "stockholm",
    "göteborg", "malmö", "københavn", "copenhagen", "helsinki", "berlin", "hamburg", "paris", "madrid",
    "barcelona", "roma", "rome", "milano", "alicante", "málaga", "kanariøyene", "gran", "canaria",
    "tenerife", "kreta", "amsterdam", "brussel", "brussels", "wien", "vienna", "praha", "prague",
}  # fmt: skip
BRANDS = {
    "iphone", "ipad", "samsung", "apple", "google", "android", "galaxy", "huawei", "netflix", "hbo",
    "viaplay", "vipps", "bankid", "facebook", "instagram", "messenger", "whatsapp", "youtube", "spotify",
    "microsoft", "windows", "teams", "bluetooth", "excel", "outlook", "gmail", "face", "faceid", "visa",
    "mastercard", "klarna", "posten", "postnord", "elkjøp", "telia", "telenor", "ice", "altibox", "disney",
    "chromecast", "xbox", "nintendo", "sony", "nokia", "motorola", "oneplus", "xiaomi", "lenovo", "dell",
    "asus", "acer", "zyxel", "netgear", "linksys", "sonos", "philips", "lg", "norton", "mcafee", "chrome",
    "safari", "firefox", "edge", "word", "zoom", "skype", "snapchat", "telegram", "signal", "mobil",
    "fiber", "family", "familie", "frihet", "smart", "premium", "tesla", "garmin", "fitbit", "kindle",
    "amazon", "prime", "paypal", "minside", "nrk", "strim", "max", "discovery", "eurosport",
}  # fmt: skip

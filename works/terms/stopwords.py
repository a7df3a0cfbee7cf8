"""Words and phrases that say nothing of what a paper is about."""

import re

_ENGLISH = """
    a about above across after afterwards again against all almost alone along already also although always am among amongst amoungst
    amount an and another any anyhow anyone anything anyway anywhere are around as at back be became because become becomes becoming
    been before beforehand behind being below beside besides between beyond bill both bottom but by call can cannot cant co con could
    couldnt cry de describe detail do done down due during each eg eight either eleven else elsewhere empty enough etc even ever every
    everyone everything everywhere except few fifteen fifty fill find fire first five for former formerly forty found four from front
    full further get give go had has hasnt have he hence her here hereafter hereby herein hereupon hers herself him himself his how
    however hundred i ie if in inc indeed interest into is it its itself keep last latter latterly least less ltd made many may me
    meanwhile might mill mine more moreover most mostly move much must my myself name namely neither never nevertheless next nine no
    nobody none noone nor not nothing now nowhere of off often on once one only onto or other others otherwise our ours ourselves out
    over own part per perhaps please put rather re same see seem seemed seeming seems serious several she should show side since sincere
    six sixty so some somehow someone something sometime sometimes somewhere still such system take ten than that the their them
    themselves then thence there thereafter thereby therefore therein thereupon these they thick thin third this those though three
    through throughout thru thus to together too top toward towards twelve twenty two un under until up upon us very via was we well
    were what whatever when whence whenever where whereafter whereas whereby wherein whereupon wherever whether which while whither who
    whoever whole whom whose why will with within without would yet you your yours yourself yourselves
"""
"""The list of Glasgow's Information Retrieval Group as scikit-learn has it, whose import would cost every page's process two seconds."""

_ACADEMIC = """
    able achieve achieved achieves actually additional additionally address addresses aim aims allow allows analyse analyze approach
    approaches article articles based better called compare compared comparing comparison conduct conducted consider considered
    considering considers corresponding demonstrate demonstrated demonstrates derive derived describe described describes different
    discuss discussed discusses easily effectively emerging enable enables especially existing experiment experimental experiments
    extensive find finding findings finds following found furthermore general generally given good hence high highly important improve
    improved improves include includes including inspired introduce introduced introduces investigate investigated investigates key known
    large larger leading leads low main mainly make makes making moreover multi near new non novel obtain obtained obtains outperform
    outperforming outperforms overall paper papers particular particularly perform performed possible potential pre present presented
    presents previous previously promising propose proposed proposes prove proved proven proves provide provided provides providing
    recent recently remain remains report reported reports respectively result resulting results reveal reveals role set several show
    showed showing shown shows significant significantly simple single small specific specifically studied studies study suggest
    suggested suggests theoretical theory therefore type types typically understand understanding upper use used useful user using
    validate validated validates various verified verifies verify verifying via way ways well widely yield yields
    two three four five one first second third
"""
_KEPT = {"general", "user", "set", "multi"}
"""They are stop words as often as they are what a paper is about."""

STOP_WORDS: frozenset[str] = frozenset(_ENGLISH.split() + _ACADEMIC.split()) - _KEPT
"""scikit-learn's English list, and what papers say of themselves."""

_FOREIGN = """
    aber al algo alors als am an ao aos as au auch auf aus aux avec bei bis ce ces cette che com comme como con cual da dal dalla
    dans das dass de dei del della delle dem den der des desde di die dies diese dieser do donde dos du durch e ein eine einem einen
    einer eines el ella elle em en entre er era es est esta este esto et foi fue für gli ha haben han hanno hasta hat i il ils im in
    isso ist kann la las le les leur lo los mais mas mit más na nach nas nel nella nicht no noch non nos nous nur não o oder on ont
    os ou où par para pas pela pelo per pero più plus por pour quando que qui sa se sem ser ses seu si sich sie sin sind sobre son
    sono sont su sua sur sus são también tra um uma un una und une unter vom von vor vous war werden wie wird wurde wurden y ya zu
    zum zur à è été être über
"""
"""Of German, French, Spanish, Portuguese and Italian."""

FOREIGN_STOP_WORDS: frozenset[str] = frozenset(_FOREIGN.split())
"""Added where a work says it is in another language than English."""

_PHRASES = (
    ("in this ", "(?:paper|work|study|article|letter|thesis|note|contribution)"),
    ("in the present ", "(?:paper|work|study|article|letter|thesis|note|contribution)"),
    *((f"{whose} work", "s?") for whose in ("our", "this", "previous", "recent", "prior", "related", "future")),
    ("state", "[- ]of[- ]the[- ]art"),
    ("et al", ""),
    ("on the o", "(?:ther|ne) hand"),
    ("in order to", ""),
    ("in terms of", ""),
    ("as well as", ""),
    ("real", "[- ]world"),
    *((f"a {wide} ", "(?:range|variety) of") for wide in ("wide", "broad")),
    ("number of", ""),
    ("to the best of our knowledge", ""),
    ("play", r"s? an? (?:\w+ )?role"),
    ("it is ", "(?:well )?known"),
    ("in contrast to", ""),
    ("with respect to", ""),
    ("for the first time", ""),
    ("at the same time", ""),
    ("as a ", "(?:result|consequence|function of)"),
)
"""How each begins, and how it goes on."""
_PATTERNS = tuple((begins, re.compile(rf"{begins}(?<!\w{begins}){goes_on}\b")) for begins, goes_on in _PHRASES)


def without_stop_phrases(text: str, broken_by: str) -> str:
    """Return lower-case text with what papers say again and again replaced. Phrases are looked for by their beginnings, which is fast."""
    for begins, pattern in _PATTERNS:
        if begins in text:
            text = pattern.sub(broken_by, text)
    return text

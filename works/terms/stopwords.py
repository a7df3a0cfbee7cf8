"""Words and phrases that say nothing of what a paper is about."""

import re

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

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

_FOREIGN = """
    aber als am an auch auf aus bei bis das dass dem den der des die dies diese dieser durch ein eine einem einen einer eines er es für
    haben hat im in ist kann mit nach nicht noch nur oder sich sie sind über um und unter vom von vor war werden wie wird wurde wurden zu zum zur
    alors au aux avec ce ces cette comme dans de des du elle en est et été être il ils la le les leur mais nous on ont ou où par pas plus
    pour que qui sa se ses son sont sur un une vous à
    al algo como con cual de del desde donde el ella en entre era es esta este esto fue ha han hasta la las lo los más no o para pero por
    que se ser sin sobre son su sus también un una y ya
    ao aos as com da das de do dos e em entre foi isso mais mas na nas no nos não o os ou para pela pelo por quando que se sem ser seu sua são um uma
    che con da dal dalla dei del della delle di e gli ha hanno i il in la le lo nel nella non o per più si sono su tra un una è
"""

STOP_WORDS: frozenset[str] = (ENGLISH_STOP_WORDS | frozenset(_ACADEMIC.split())) - _KEPT
"""scikit-learn's English list, and what papers say of themselves."""

FOREIGN_STOP_WORDS: frozenset[str] = frozenset(_FOREIGN.split())
"""Added where a work says it is in another language than English."""

STOP_PHRASES = re.compile(
    r"\b(?:in th(?:is|e present) (?:paper|work|study|article|letter|thesis|note|contribution)|(?:our|this|previous|recent|prior|related|future) works?"
    r"|state[- ]of[- ]the[- ]art|et al|on the (?:other|one) hand|in order to|in terms of|as well as|real[- ]world|a (?:wide|broad) (?:range|variety) of"
    r"|(?:a )?(?:large )?number of|to the best of our knowledge|plays? an? (?:\w+ )?role|it is (?:well )?known|in contrast to|with respect to"
    r"|for the first time|at the same time|as a (?:result|consequence|function of))\b"
)
"""Matched against lower-case text."""

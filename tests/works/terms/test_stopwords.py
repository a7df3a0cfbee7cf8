"""The stop list and where it comes from."""

import subprocess
import sys

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from works.terms.stopwords import STOP_WORDS


def test_every_english_stop_word_is_on_the_list_but_those_that_are_what_papers_are_about():
    assert frozenset({"general", "user", "set", "multi"}) | STOP_WORDS >= ENGLISH_STOP_WORDS
    assert {"paper", "propose", "three"} <= STOP_WORDS
    assert not {"general", "user", "set", "multi"} & STOP_WORDS


def test_pages_and_workers_start_without_scikit_learn():
    started = "import sys, django; django.setup(); import bzpeer.pipeline, bzpeer.urls; print('sklearn' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", started], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout.strip() == "False"

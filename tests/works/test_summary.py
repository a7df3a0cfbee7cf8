"""Sentences of abstracts, and which of them sum one up."""

import gzip
import json

import pytest

from tests.fidelity import SHARED
from works.summary import LONGEST, chosen_sentences, sentences_of


def texts(abstract):
    return [one.text for one in sentences_of(abstract)]


@pytest.mark.parametrize(
    "sentence",
    [
        "We use SGD, e.g. With momentum, to train.",
        "Ueda et al. Show that it escapes.",
        "The rate is 0.5 % at 3.7 K.",
        r"Let $x. Y > 0$ and \(a. B\) hold.",
        "See https://example.org/a.B for it.",
        "J. R. Smith proved Thm. 3 in Sec. 2.",
        "Is x<y? no, it is not.",
        "It costs approx. 3 dollars (cf. Fig. 2).",
    ],
)
def test_what_does_not_end_a_sentence(sentence):
    assert texts(f"{sentence} Then we stop here.") == [sentence, "Then we stop here."]


def test_what_ends_a_sentence():
    assert texts("It works! Does it? “Yes.” (No.) $x$ is 3. 2 is less. Ünal agrees.") == [
        "It works!", "Does it?", "“Yes.”", "(No.)", "$x$ is 3.", "2 is less.", "Ünal agrees.",
    ]  # fmt: skip
    assert texts("第一句。第二句。") == ["第一句。", "第二句。"]
    assert texts("") == []


ABSTRACT = (
    "Stochastic gradient descent is used everywhere in machine learning today. However, little is known about noise. "
    "In this paper we study power-law dynamics with state-dependent noise. The weather was fine on most days of the year. "
    "We show that power-law dynamics escape from sharp minima faster than from flat minima. Our code is available at GitHub."
)
WEIGHTS = {"minima": 0.6, "power law": 0.5, "noise": 0.3}


def test_summary_is_what_the_paper_does_and_finds_in_order():
    found = chosen_sentences(ABSTRACT, title="Power-law escape rate", weights=WEIGHTS)
    assert [one.place for one in found] == [2, 4]
    assert all(one.text in ABSTRACT for one in found)


def test_two_sentences_are_their_own_summary():
    abstract = "We find that it is so. It was always so before."
    assert [one.text for one in chosen_sentences(abstract, title="", weights={})] == texts(abstract)


def test_summary_of_long_sentences_is_one():
    long = "We show that " + " ".join(f"word{place}" for place in range(LONGEST - 10)) + " hold."
    assert len(chosen_sentences(f"{long} {long} Something short follows that here.", title="", weights={"hold": 1.0})) <= 2
    assert len(chosen_sentences(f"{long} {long} {long}", title="", weights={"hold": 1.0})) == 1


def test_summaries_of_real_abstracts_are_cut_out_of_them():
    path = SHARED / "arxiv-kaggle-sample"
    if not path.exists():
        pytest.skip("needs BZPEER_SHARED_DATA")
    for file in sorted(path.glob("*")):
        if "json" not in file.name:
            continue
        with gzip.open(file, "rt") if file.suffix == ".gz" else file.open() as lines:
            for line in lines:
                record = json.loads(line)
                whole = " ".join(record["abstract"].split())
                assert " ".join(texts(whole)).replace(" ", "") == whole.replace(" ", "")
                found = chosen_sentences(whole, title=record["title"], weights={})
                assert 1 <= len(found) <= 2
                assert all(one.text in whole for one in found)

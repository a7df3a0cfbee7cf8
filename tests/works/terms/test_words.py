"""From an abstract to its terms, and which are shown."""

from collections import Counter

from works.terms.ranking import floor_of, folded, rankings, weighted
from works.terms.text import running_words
from works.terms.words import counted, key_of, phrases_of, printed_forms, term_asked


def terms(text, language=""):
    return counted(phrases_of(text, language))


def test_formulas_tags_addresses_and_boilerplate_leave_no_terms():
    text = (
        r"Abstract: Sharp minima of $\Delta\log L=\log[L(θ^s)/L(θ^*)]$ and \(x^2\), \textit{volumization} and H<sub>2</sub>O "
        "with <jats:p>flat minima</jats:p>; see https://example.org/code and 10.1000/xyz. Our code is publicly available at GitHub. "
        "© 2020 Somebody. All rights reserved."
    )
    assert " ".join(running_words(text).split()) == (
        "| Sharp minima of | and | , volumization and H 2 O with flat minima ; see | and | | | |"
    )


def test_text_with_less_than_signs_keeps_its_words():
    assert terms("when depth x<y and width y>z hold")["depth"] == 1
    assert terms("when depth x<y and width y>z hold")["width"] == 1


def test_inflected_forms_are_one_term_printed_as_most_often():
    phrases = phrases_of("Neural network. Neural networks learn. The neural networks forget.")
    assert counted(phrases)["neural network"] == 3
    assert printed_forms(phrases, {"neural network", "neural"}) == {"neural network": "neural networks", "neural": "neural"}


def test_no_pair_reaches_across_punctuation_stop_words_or_formulas():
    found = terms("escape rate, noise of covariance $x$ diffusion (batch) power-law dynamics")
    assert sorted(term for term in found if " " in term) == ["escap rate", "law dynam", "power law"]


def test_stop_phrases_are_no_terms():
    assert not terms("In this work we propose a novel state-of-the-art approach in order to improve results.")


def test_german_abstract_is_stemmed_as_german():
    assert terms("Die Häuser und das Haus", "de") == {"haus": 2}
    assert term_asked("Häuser", language="de") == "haus"


def test_words_of_a_person_name_a_term_or_nothing():
    assert [term_asked(text) for text in ("Neural networks", "the of", "deep neural network escape", "")] == ["neural network", "", "", ""]


def test_key_of_a_term_stays_what_it_is():
    assert key_of("neural network") == key_of("neural" + " network") != key_of("neural")
    assert -(2**63) <= key_of("neural") < 2**63


def test_floor_grows_with_the_portal():
    assert [floor_of(number) for number in (0, 30, 5_750, 20_000, 34_737, 1_000_000)] == [1, 1, 1, 20, 39, 40]


def ranked(counts, documents, abstracts=100):
    matrix, columns = weighted([Counter(counts)], documents=documents, abstracts=abstracts)
    return next(rankings(matrix, columns, documents))


def test_weights_are_tf_idf_of_length_one_in_order():
    found = ranked({"rare": 1, "common": 3}, {"rare": 1, "common": 99})
    # 1 × (ln(101 / 2) + 1) and 3 × (ln(101 / 100) + 1), divided by the length of both
    assert [(one.term, round(one.weight, 3), one.documents) for one in found] == [("rare", 0.852, 1), ("common", 0.524, 99)]


def test_word_that_only_lives_inside_a_listed_pair_is_folded_into_it():
    counts = {"power law": 2, "power": 2, "law": 3, "nois": 1}
    found = folded(ranked(counts, dict.fromkeys(counts, 5)), counts)
    assert [one.term for one in found] == ["law", "power law", "nois"]


def test_pair_that_folding_lets_in_folds_in_turn():
    counts = {"a b": 5, "a": 5, "b": 5, "c d": 1, "c": 1, "d": 1}
    documents = {"a b": 5, "a": 5, "b": 5, "c d": 4, "c": 5, "d": 5}
    found = folded(ranked(counts, documents), counts, shown=3)
    assert [one.term for one in found] == ["a b", "c d"]


def test_abstract_without_known_terms_has_none():
    assert ranked({"nowhere": 1}, {}) == []

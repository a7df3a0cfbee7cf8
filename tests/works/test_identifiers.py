import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from works.identifiers import arxiv_id, arxiv_id_and_version, doi, openalex_id, orcid, ror

READERS = [lambda text: openalex_id(text, "W"), doi, arxiv_id, arxiv_id_and_version, orcid, ror]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("W2741809807", "W2741809807"),
        ("https://openalex.org/W2741809807", "W2741809807"),
        ("https://api.openalex.org/works/w2741809807", "W2741809807"),
        (" W1 ", "W1"),
        ("A5023888391", None),
        ("W0001", None),
        ("W", None),
        ("W1\n2", None),
        ("https://example.org/W1", None),
        ("W" + "9" * 17, None),
        ("W１２", None),
        ("W1２", None),
        (7, None),
        (None, None),
    ],
)
def test_openalex_id(text, found):
    assert openalex_id(text, "W") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.1000/XYZ", "10.1000/xyz"),
        ("https://doi.org/10.1000/xyz", "10.1000/xyz"),
        ("http://dx.doi.org/10.1000/xyz", "10.1000/xyz"),
        ("doi: 10.1000/xyz", "10.1000/xyz"),
        (
            "10.1002/(SICI)1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2",
            "10.1002/(sici)1097-0258(19980815)17:15<1661::aid-sim968>3.0.co;2-2",
        ),
        ("10.1000/", None),
        ("10.1/x", None),
        ("10.1000/a b", None),
        ("10.1000/" + "x" * 3_000, None),
        ("10.1000/" + "é" * 900, None),
        ("10.1000/a\x00b", None),
        ("", None),
    ],
)
def test_doi(text, found):
    assert doi(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2006.13719", ("2006.13719", None)),
        ("2006.13719v3", ("2006.13719", 3)),
        ("arXiv:0704.0001v12", ("0704.0001", 12)),
        ("math/0611800", ("math/0611800", None)),
        ("math.CA/0611800v1", ("math/0611800", 1)),
        ("cond-mat.stat-mech/9901001", ("cond-mat/9901001", None)),
        ("http://arxiv.org/abs/hep-th/9108001v2", ("hep-th/9108001", 2)),
        ("https://arxiv.org/pdf/2006.13719v1.pdf", ("2006.13719", 1)),
        ("https://www.arxiv.org/html/2006.13719", ("2006.13719", None)),
        ("oai:arXiv.org:quant-ph/0201082", ("quant-ph/0201082", None)),
        ("https://doi.org/10.48550/arXiv.2006.13719", ("2006.13719", None)),
        ("10.48550/arxiv.hep-lat/9107001", ("hep-lat/9107001", None)),
        ("2006.13719v0", None),
        ("2006.137", None),
        ("https://doi.org/10.1000/arxiv.2006.13719", None),
        ("https://example.org/abs/2006.13719", None),
        ("٢٠٠٦.13719", None),
        ("", None),
    ],
)
def test_arxiv_id(text, found):
    assert arxiv_id_and_version(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("0000-0002-1694-233x", "0000-0002-1694-233X"),
        ("0000-0002-1825-0098", None),
        ("0000-0002-1825-009X", None),
        ("0000000218250097", None),
        ("", None),
    ],
)
def test_orcid(text, found):
    assert orcid(text) == found


@pytest.mark.parametrize(
    ("text", "found"), [("https://ror.org/041kmwe10", "041kmwe10"), ("041KMWE10", "041kmwe10"), ("141kmwe10", None), ("0l1kmwe10", None)]
)
def test_ror(text, found):
    assert ror(text) == found


@given(st.integers(1, 10**15), st.sampled_from("WASITPF"))
def test_openalex_ids_survive_their_address(number, kind):
    assert openalex_id(f"https://openalex.org/{kind}{number}", kind) == f"{kind}{number}"


@given(st.from_regex(r"(0[7-9]|1[0-4])(0[1-9]|1[0-2])\.[0-9]{4}|[a-z]{2,8}(-[a-z]{2,4})?/[0-9]{7}", fullmatch=True), st.integers(1, 9999))
def test_arxiv_ids_survive_every_address(identifier, version):
    for address in (
        f"https://arxiv.org/abs/{identifier}v{version}",
        f"arXiv:{identifier}v{version}",
        f"http://arxiv.org/pdf/{identifier}v{version}.pdf",
    ):
        assert arxiv_id_and_version(address) == (identifier, version)
    assert arxiv_id(f"https://doi.org/10.48550/arXiv.{identifier}") == identifier


@given(st.text() | st.none() | st.integers() | st.lists(st.text()) | st.binary())
def test_nothing_raises_and_what_is_found_is_found_again(text):
    for reader in READERS:
        found = reader(text)
        if isinstance(found, str):
            assert reader(found) == found


@pytest.mark.parametrize("piece", ["1", "W1", "10.1000/", "doi:", "arxiv:", "a-", "a.", "0000-", " ", "https://arxiv.org/abs/", "v1"])
@pytest.mark.parametrize("length", [400, 100_000])
def test_hostile_text_is_refused_in_time(piece, length):
    text = piece * (length // len(piece))
    started = time.process_time()
    for reader in READERS:
        reader(text)

    assert time.process_time() - started < 0.2

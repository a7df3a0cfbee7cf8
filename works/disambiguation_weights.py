"""The learned model of works.disambiguation. Written by `python -m bench.disambiguation --save`, which also measures it."""

LEARNED: tuple[str, float, tuple[float, ...]] = (
    "v1",
    1.1,
    (
        -2.308768,  # prior: start
        -1.578533,  # prior: namesakes
        4.103899,  # coauthors: shared, logarithm
        2.599220,  # coauthors: shared, cosine
        3.062773,  # coauthors: shared per pair
        0.876853,  # coauthors: nearly shared
        5.004351,  # text: cosine
        6.658050,  # text: per pair
        6.440435,  # affiliation: cosine
        1.340247,  # affiliation: unknown
        0.000000,  # affiliation: nothing shared
        3.755865,  # venue: cosine
        0.000000,  # venue: per pair
        0.000000,  # years: gap
        0.000000,  # years: more than 8 apart
        -0.680134,  # prior: smaller group
        -0.097501,  # prior: larger group
        1.392507,  # text: cosine by smaller group
        -0.083548,  # prior: namesakes by smaller group
        -1.543249,  # names: given names differ
        -0.792860,  # coauthors: number of co-authors
        3.836253,  # text: cosine by larger group
        -0.060238,  # coauthors: none shared
        -0.689288,  # coauthors: none shared of many
        1.191706,  # coauthors: none shared, namesakes
    ),
)
"""Version, the score above which groups are joined, one weight per feature of works.likeness."""

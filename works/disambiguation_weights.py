"""The learned model of works.disambiguation. Written by `python -m bench.disambiguation --save`, which also measures it."""

LEARNED: tuple[str, float, tuple[float, ...]] = (
    "v1",
    1.1,
    (
        -2.137113,  # prior: start
        -1.523514,  # prior: namesakes
        3.373909,  # coauthors: shared, logarithm
        2.213730,  # coauthors: shared, cosine
        2.798727,  # coauthors: shared per pair
        -0.719564,  # coauthors: nearly shared
        5.014495,  # text: cosine
        6.705631,  # text: per pair
        7.042844,  # affiliation: cosine
        1.515456,  # affiliation: unknown
        0.237584,  # affiliation: nothing shared
        5.721942,  # venue: cosine
        -3.666707,  # venue: per pair
        0.750726,  # years: gap
        -0.157295,  # years: more than 8 apart
        -0.569941,  # prior: smaller group
        -0.002075,  # prior: larger group
        1.370384,  # text: cosine by smaller group
        -0.059365,  # prior: namesakes by smaller group
        -1.297191,  # names: given names differ
        -0.301911,  # coauthors: number of co-authors
        3.860542,  # text: cosine by larger group
        -0.930244,  # coauthors: none shared
        -0.823660,  # coauthors: none shared of many
        1.150978,  # coauthors: none shared, namesakes
    ),
)
"""Version, the score above which groups are joined, one weight per feature of works.likeness."""

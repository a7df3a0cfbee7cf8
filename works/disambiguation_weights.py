"""The learned model of works.disambiguation. Written by `python -m bench.disambiguation --save`, which also measures it."""

from typing import Any

LEARNED: dict[str, Any] = {
    "version": "v2",
    "threshold": 1.1,
    "caution": 0.0,
    "calibration": (0.7482, -0.9987),
    "values": (
        -2.103677,  # prior: start
        -1.190654,  # prior: namesakes
        2.463705,  # coauthors: shared, logarithm
        2.101820,  # coauthors: shared, cosine
        2.255460,  # coauthors: shared per pair
        1.341673,  # coauthors: nearly shared
        1.625579,  # text: cosine
        3.963048,  # text: per pair
        3.955517,  # affiliation: cosine
        1.351841,  # affiliation: unknown
        0.000000,  # affiliation: nothing shared
        0.000000,  # venue: cosine
        0.000000,  # venue: per pair
        0.000000,  # years: gap
        0.000000,  # years: more than 8 apart
        -0.695429,  # prior: smaller group
        -0.244587,  # prior: larger group
        0.166693,  # text: cosine by smaller group
        0.185376,  # prior: namesakes by smaller group
        -1.444052,  # names: given names differ
        -0.578529,  # coauthors: number of co-authors
        1.745557,  # text: cosine by larger group
        -0.249797,  # coauthors: none shared
        -0.894190,  # coauthors: none shared of many
        0.832463,  # coauthors: none shared, namesakes
        1.044883,  # venue: cosine of words
        3.487779,  # text: most alike pair
        1.888952,  # affiliation: most alike pair
        2.795845,  # coauthors: most alike pair
        2.428375,  # venue: most alike pair
        -2.428294,  # text: most alike pair, namesakes
        -0.570908,  # affiliation: most alike pair, namesakes
        -0.605516,  # coauthors: most alike pair, namesakes
    ),
}
"""See works.disambiguation.Weights; one value per feature of works.likeness."""

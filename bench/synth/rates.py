"""How often a thing is there and how large it is: what the synthetic snapshot imitates.

Measured, unless a line says otherwise, on 2,614 works with 11,858 bylines as the OpenAlex API gave them in January 2026
(geosciences). Shares are of works, bylines or authors as named. Where a slice of one field says little about the whole
(ORCID, arXiv, references that lead out of the slice) the figure is chosen, and the line says so.
"""

# --- works ---------------------------------------------------------------------------------------------------------

WITHOUT_DOI = 0.1171
WITHOUT_TITLE = 0.0027
TITLE_MARKUP = 0.0195  # <i>, <sub> and the like inside
TITLE_WORDS = (14.0, 5.5)  # mean 14.2; tenth 7, half 14, nine tenths 21
WITHOUT_ABSTRACT = 0.5122
ABSTRACT_SHAPE, ABSTRACT_SCALE = 3.4, 68.5  # gamma: mean 233 words, tenth 77, half 222, nine tenths 382, most 1,427
WITHOUT_REFERENCES = 0.3458
REFERENCES_MEDIAN, REFERENCES_SIGMA = 41.0, 0.75  # lognormal where there are any; mean over all works 33.8, most 431
MOST_REFERENCES = 600
WITHOUT_TOPIC = 0.0279  # all of OpenAlex: nearer to one in eight
TOPICS_PER_WORK = (0.051, 0.042, 0.907)  # one, two, three, where there are any
RELATED_WORKS = 10  # 4.5 % have none
WITHOUT_RELATED = 0.0448
WITHOUT_SOURCE = 0.1630  # the primary location names no venue record
WITHOUT_LANGUAGE = 0.0084
LANGUAGES = (("en", 0.9599), ("fr", 0.0297), ("de", 0.0042), ("es", 0.0020), ("it", 0.0012), ("cs", 0.0030))
TYPES = (
    ("article", 0.8206), ("book-chapter", 0.0945), ("preprint", 0.0413), ("review", 0.0084), ("book", 0.0084), ("dataset", 0.0080),
    ("other", 0.0065), ("dissertation", 0.0050), ("peer-review", 0.0027), ("erratum", 0.0023), ("paratext", 0.0015), ("editorial", 0.0008),
)  # fmt: skip
OPEN_ACCESS = (("closed", 0.7250), ("gold", 0.1006), ("green", 0.0585), ("hybrid", 0.0566), ("bronze", 0.0383), ("diamond", 0.0210))
LICENSES = (("null", 0.350), ('"cc-by"', 0.440), ('"cc-by-nc-nd"', 0.090), ('"cc-by-nc"', 0.080), ('"other-oa"', 0.040))  # of open works
PDF_ADDRESS = 0.1534
VOLUME, ISSUE, PAGES = 0.586, 0.408, 0.683
LOCATIONS = (0.775, 0.129, 0.050, 0.046)  # one, two, three, four or more
ON_FIRST_OF_JANUARY = 0.3099  # of years known without a day
YEARS_BACK_MEAN = 13.0  # exponential: half since 2017, three quarters since 2008, nine tenths since 1998
FIRST_YEAR = 1951
RETRACTED = 0.0005  # none among the 2,614, of which 0.3 % say null; chosen
RETRACTED_UNKNOWN = 0.0027
SUSTAINABLE_GOAL = 0.6243
KEYWORDS_MEAN, CONCEPTS_MEAN = 10.7, 12.3
WITHOUT_FWCI = 0.0570

ARXIV_DOI = 0.30  # chosen: works on arXiv that have no DOI but arXiv's own
ON_ARXIV = 0.08  # chosen: 0.3 % in the geosciences, a third and more in physics
UNRESOLVED_REFERENCES = 0.20  # chosen: 93 % lead out of a slice that small, next to none out of all of OpenAlex

# --- bylines -------------------------------------------------------------------------------------------------------

TEAM_SIZES = (330, 441, 375, 389, 346, 263, 155, 117, 66, 40, 25, 13, 10, 10, 11)
"""Works with 1 … 15 authors."""
LARGE_TEAM = 0.0088  # 16 authors and more; Pareto from there on (of 23: 3 above 50, one cut at the API's 100)
LARGE_TEAM_EXPONENT, LARGEST_TEAM = 1.1, 3_000
WITHOUT_AUTHOR_ID = 0.0003
RAW_AFFILIATION = 0.6885
INSTITUTION_KNOWN = 0.918  # of bylines with a raw affiliation: 63.2 % of all
SECOND_INSTITUTION = 0.10  # of these
CORRESPONDING = 0.35  # works that name one
OTHER_BYLINE = 0.4234  # the printed name differs from the record's
INITIALS = 0.75  # of these: 41 % of all bylines hold an initial
TYPOGRAPHIC_HYPHEN = 0.15  # of other spellings of a name with a hyphen; U+2010 is in 0.53 % of all bylines
# Letters beyond ASCII are in 3.7 % of these bylines and scripts beyond Latin in 0.07 %; the synthetic names have them in some 29 %
# and 2.5 %, on purpose: matching names is what they are to try.

# --- authors, institutions, sources --------------------------------------------------------------------------------

LOTKA = 2.15  # authors with 1, 2, 3, 4, 5 works: 66, 15, 6.5, 3.1, 1.7 %; mean 3.0
MOST_WORKS = 400
WITH_ORCID = 1 / 6  # all of OpenAlex; 67 % of these bylines
MOVED = 0.30  # authors whose institution changes; of 57 author records 10 have one institution, half four or more
INSTITUTION_TYPES = (
    ("education", 0.52), ("company", 0.14), ("facility", 0.11), ("government", 0.09), ("nonprofit", 0.05), ("healthcare", 0.05),
    ("archive", 0.02), ("other", 0.02),
)  # fmt: skip
COUNTRIES = (
    ("US", 0.22), ("CN", 0.16), ("GB", 0.07), ("DE", 0.06), ("JP", 0.05), ("FR", 0.05), ("IN", 0.05), ("IT", 0.04), ("BR", 0.03),
    ("KR", 0.03), ("ES", 0.03), ("CA", 0.03), ("AU", 0.03), ("RU", 0.02), ("NL", 0.02), ("TR", 0.02), ("PL", 0.02), ("SE", 0.01),
    ("CH", 0.01), ("SA", 0.01), ("EG", 0.01), ("VN", 0.01), ("GR", 0.01), ("MX", 0.01),
)  # fmt: skip
WITHOUT_COUNTRY = 0.0087
WITH_PARENT = 0.09  # 9.6 % of institutions on bylines have a lineage of two and more
SOURCE_TYPES = (("journal", 0.774), ("repository", 0.070), ("conference", 0.061), ("book series", 0.057), ("ebook platform", 0.038))
SOURCE_ISSN = 0.60  # 60 % of 249 source records
MERGED_WORKS, MERGED_AUTHORS, MERGED_OTHERS = 0.004, 0.02, 0.005  # chosen

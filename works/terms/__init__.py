"""Key terms of works: what an abstract is about, by TF-IDF over the abstracts of this portal.

text.py        an abstract without mathematics, markup and boilerplate
stopwords.py   words and phrases that say nothing of a paper
words.py       its unigrams and bigrams, joined by stem, and the key that stands for each
ranking.py     their weights, and which twenty are shown
counting.py    how many abstracts hold each term, kept up to date as abstracts come, change and go
likeness.py    vectors by which abstracts that read alike are found
queries.py     what pages read
"""

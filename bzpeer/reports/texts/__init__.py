"""A paper's text from what papers come as: PDF, arXiv's HTML and LaTeX, plain text. Pure readers; `sandbox` runs them apart."""

"""Lists of works that members keep, for themselves or to share."""

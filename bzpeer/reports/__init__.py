"""How reproducible a paper's documentation is: its text, what engines found in it, what its authors answer."""

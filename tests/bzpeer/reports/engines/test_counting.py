import math

import pytest

from bzpeer.reports.engines.counting import counts
from bzpeer.reports.engines.reading import plain, read
from bzpeer.reports.engines.scoring import candidates
from bzpeer.reports.findings import Document


def figures(sentence: str) -> dict[str, float]:
    reading = read(Document(text=f"A Title\n\n1 Introduction\n\nWe describe the idea with care.\n\n2 Experiments\n\n{plain(sentence)}\n"))
    return counts(reading, candidates(reading.sentences))


@pytest.mark.parametrize(
    ("sentence", "dependencies", "any_version"),
    [
        ("We use PyTorch 1.8.0 with CUDA=11.1.", 2, True),
        ("We use Py Torch (Nobody et al., 2017) (v1.13.0) for the models.", 1, True),
        ("Programs are solved by CPLEX (version 12.9).", 1, True),
        ("We use the Gurobi Optimizer 9.5.1 library.", 1, True),
        ("All methods are written in MATLAB R2020a.", 1, True),
        ("The code is written in Python 3.8.", 0, True),
        ("We use TensorFlow 2 and its library.", 0, True),
        ("The methods are implemented in PyTorch and NumPy.", 0, False),
        ("Our library RDKit 1.14 0.16 11.41 0.11.", 0, False),
        ("The package OpenMP gives 2.5x.", 0, False),
    ],
)
def test_software_counts_as_a_dependency_where_a_version_stands_behind_its_name(
    sentence: str, dependencies: int, any_version: bool
) -> None:
    found = figures(sentence)
    assert found["dependencies"] == pytest.approx(math.log1p(dependencies))
    assert bool(found["any_version"]) is any_version

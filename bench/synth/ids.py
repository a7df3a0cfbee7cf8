"""Identifiers of our own: shaped like the real ones, with right check digits, in ranges nobody else uses.

Numbers are scattered over their range, as real ids are: neighbours in time are no neighbours in an index.
"""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

FIRST = 9_100_000_000
"""Below it lie OpenAlex's own ids and those of the converted records of 1991-1996; A9999999999 lies above the last."""
_SPREAD = 1 << 29
_STEP = 346_204_117
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_BLOCK = 32**5


def numbers(index: npt.ArrayLike) -> Ints:
    """Return the number in the id of each record: a bijection of 0 … 2**29 - 1 into our range."""
    scattered: Ints = np.asarray(index, dtype=np.int64) * _STEP % _SPREAD + FIRST
    return scattered


def number(index: int) -> int:
    """Return the number in the id of one record."""
    return index * _STEP % _SPREAD + FIRST


def orcid(index: int) -> str:
    """Return an iD with a right ISO 7064 11,2 check character, outside the blocks ORCID gives out; good for 10,000,000."""
    digits = f"00000091{index * 7_368_787 % 10_000_000:07d}"
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return f"0000-0091-{digits[8:12]}-{digits[12:]}{'X' if check == 10 else check}"


def ror(index: int) -> str:
    """Return a ROR-shaped id: 0, six base-32 characters from "z" on (real ones start with 0 … 5), ISO 7064 97,10 check digits."""
    value = 31 * _BLOCK + index * 7_368_787 % _BLOCK
    return "0" + "".join(_CROCKFORD[value >> shift & 31] for shift in (25, 20, 15, 10, 5, 0)) + f"{ror_check(value):02d}"


def ror_check(value: int) -> int:
    """Return the check digits of the number that a ROR id's six letters write."""
    return 98 - value * 100 % 97


def issn(index: int) -> str:
    """Return an ISSN with its check character, from 9100-000 on."""
    digits = f"{9_100_000 + index:07d}"
    check = -sum(int(digit) * weight for digit, weight in zip(digits, range(8, 1, -1), strict=True)) % 11
    return f"{digits[:4]}-{digits[4:]}{'X' if check == 10 else check}"

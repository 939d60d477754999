"""Derived randomness: a 64-bit mix and two permutations, all pure functions of integers.

`splitmix64` is the finaliser of Steele, Lea and Flood, "Fast splittable pseudorandom number generators"
(OOPSLA 2014), with Stafford's "Mix13" constants. It is a bijection on 64 bits, so distinct inputs have
distinct outputs.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import shake_128
from struct import unpack
from zlib import crc32

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, odd: i -> i * GOLDEN is a bijection on 64 bits
C1 = 0xBF58476D1CE4E5B9
C2 = 0x94D049BB133111EB

HALF = 10_000
SPACE = HALF * HALF  # one population: indices 0 .. 10**8 - 1
ROUNDS = 4  # four rounds of a balanced Feistel network suffice (Luby and Rackoff, 1988)


def splitmix64(x: int) -> int:
    """Mix any integer (taken modulo 2^64) into 64 well-spread bits."""
    x &= MASK
    x = ((x ^ (x >> 30)) * C1) & MASK
    x = ((x ^ (x >> 27)) * C2) & MASK
    return x ^ (x >> 31)


def stream(seed: int, label: str) -> int:
    """Return 64 bits that belong to `seed` and `label`; equal in every process (unlike `hash`)."""
    return splitmix64(splitmix64(seed) ^ (crc32(label.encode()) * GOLDEN))


@lru_cache(maxsize=2)  # of a seed, whose populations differ by their days
def round_tables(seed: int) -> tuple[list[int], ...]:
    """Return the round functions of `feistel`: ROUNDS tables of HALF values in 0 .. HALF-1."""
    words = unpack(f"<{ROUNDS * HALF}I", shake_128(seed.to_bytes(8, "little")).digest(4 * ROUNDS * HALF))
    values = [word % HALF for word in words]
    return tuple(values[r * HALF : (r + 1) * HALF] for r in range(ROUNDS))


def feistel(tables: tuple[list[int], ...]) -> Callable[[int], int]:
    """Return a permutation of 0 .. SPACE-1.

    Each round adds a value that depends on one half to the other half, modulo HALF. Knowing the first half,
    the addition can be undone, so every round, and the chain of rounds, is a bijection whatever the tables
    hold.
    """
    f1, f2, f3, f4 = tables

    def permute(i: int) -> int:
        left, right = divmod(i, HALF)
        right = (right + f1[left]) % HALF
        left = (left + f2[right]) % HALF
        right = (right + f3[left]) % HALF
        left = (left + f4[right]) % HALF
        return left * HALF + right

    return permute


def affine(seed: int, label: str) -> tuple[int, int]:
    """Return (a, b) of the permutation x -> (a x + b) mod SPACE.

    `a` ends in 1, 3, 7 or 9, so it is prime to SPACE = 2^8 5^8 and the map is a bijection.
    """
    bits = stream(seed, label)
    a = (bits % (SPACE // 10)) // 2 * 10 + SPACE // 4 + (1, 3, 7, 9)[bits >> 62]
    return a, splitmix64(bits) % SPACE

"""Numbers in Indonesian words (terbilang), which minutes state beside figures."""

_SMALL = "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas".split()
_LARGE = ((10**9, "miliar"), (10**6, "juta"), (10**3, "ribu"))
MOST = 10**12


def in_words(number: int) -> str:
    """Returns 2026 as "dua ribu dua puluh enam". Raises ValueError outside of 0 to MOST - 1."""
    if not 0 <= number < MOST:
        raise ValueError("the number must be from 0 to 999,999,999,999")
    return " ".join(_words(number)) or _SMALL[0]


def _words(number: int) -> list[str]:
    """Returns the words; none for zero."""
    for size, name in _LARGE:
        if number >= size:
            many, rest = divmod(number, size)
            # One thousand is a single word, "seribu"; num2words says "satu ribu" behind a million (decision 0026).
            return (["seribu"] if (many, name) == (1, "ribu") else [*_words(many), name]) + _words(rest)
    if number >= 200:
        return [_SMALL[number // 100], "ratus", *_words(number % 100)]
    if number >= 100:
        return ["seratus", *_words(number - 100)]
    if number >= 20:
        return [_SMALL[number // 10], "puluh", *_words(number % 10)]
    if number >= 12:
        return [_SMALL[number - 10], "belas"]
    return [_SMALL[number]] if number else []

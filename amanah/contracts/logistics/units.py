"""Units of measure: codes of UN/CEFACT Recommendation 20, and the words by which programs name units, converted exactly."""

from decimal import Decimal

# Each code with its dimension and its size in the dimension's base: kilogram, litre, piece.
_CODES: dict[str, tuple[str, Decimal]] = {
    code: (dimension, Decimal(size))
    for dimension, sizes in {
        "mass": {
            "KGM": "1", "GRM": "0.001", "MGM": "0.000001", "DTN": "100", "TNE": "1000",
            "LBR": "0.45359237", "ONZ": "0.028349523125", "STN": "907.18474", "LTN": "1016.0469088",
        },
        "volume": {
            "LTR": "1", "MLT": "0.001", "CLT": "0.01", "DLT": "0.1", "HLT": "100", "MTQ": "1000", "DMQ": "1",
            "CMQ": "0.001", "GLL": "3.785411784", "GLI": "4.54609",
        },
        "count": {
            "H87": "1", "C62": "1", "EA": "1", "PCE": "1", "PR": "2", "DZN": "12", "SCO": "20", "GRO": "144",
            "CEN": "100", "MIL": "1000",
        },
    }.items()
    for code, size in sizes.items()
}  # fmt: skip

_WORDS: dict[str, str] = {
    word: code
    for code, words in {
        "KGM": "kg kilo kilogram kilograms",
        "GRM": "g gr gram grams",
        "MGM": "mg",
        "DTN": "kuintal kwintal",
        "TNE": "t ton tonne tonnes",
        "LTR": "l liter liters litre litres",
        "MLT": "ml mililiter",
        "MTQ": "m3 m³",
        "H87": "pcs pc piece pieces buah biji butir item items unit units",
        "PR": "pasang",
        "DZN": "lusin dozen",
        "SCO": "kodi",
        "GRO": "gros",
    }.items()
    for word in words.split()
}


def code_of(unit: str) -> str | None:
    """The Recommendation 20 code of a code or of a unit's word in any case; None of words such as "sack"."""
    word = unit.strip()
    return word.upper() if word.upper() in _CODES else _WORDS.get(word.lower())


def convert(quantity: Decimal, uom: str, unit: str) -> Decimal | None:
    """`quantity` of the unit `uom` in the program's `unit`, exact; None when the one cannot be converted into the other.

    An empty `uom`, or the program's own word for the unit, leaves the quantity as it is. A quantity that the unit cannot
    express exactly is given with nine decimals at most.
    """
    sent, wanted = uom.strip(), unit.strip()
    if not sent or sent.casefold() == wanted.casefold():
        return quantity
    from_code, to_code = code_of(sent), code_of(wanted)
    if from_code is None or to_code is None:
        return None
    (dimension, size), (wanted_dimension, wanted_size) = _CODES[from_code], _CODES[to_code]
    if dimension != wanted_dimension:
        return None
    if size == wanted_size:
        return quantity
    return round(quantity * size / wanted_size, 9).normalize() + 0

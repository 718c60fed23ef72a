"""Every way in which a row of a list can be wrong: its code, and what to tell the office.

Messages say what happened and what to do, and never repeat what stands in a cell: it may be personal data.
"""

from dataclasses import dataclass

MESSAGES: dict[str, str] = {
    "nik_missing": "The row has no NIK. Write the 16 digits of the identity card.",
    "nik_not_digits": "The NIK holds something else than digits. Write its 16 digits as text.",
    "nik_length": "The NIK does not have 16 digits. Compare it with the identity card.",
    "nik_digits_lost": (
        "The spreadsheet program rounded the NIK and its last digits are lost. "
        "Format the column as text and type the number again."
    ),
    "nik_date_impossible": "Digits 7 to 12 of the NIK are no possible date. Compare it with the identity card.",
    "nik_serial_zero": (
        "The NIK ends in 0000, which no card does; a spreadsheet program may have rounded its last digit. "
        "Format the column as text and type the number again."
    ),
    "nik_repeated": "An earlier row of this list has the same NIK with other data. Keep the right one of the two.",
    "kk_not_digits": "The family card number holds something else than digits. Write its 16 digits as text.",
    "kk_length": "The family card number does not have 16 digits. Compare it with the family card.",
    "kk_digits_lost": (
        "The spreadsheet program rounded the family card number and its last digits are lost. "
        "Format the column as text and type the number again."
    ),
    "kk_serial_zero": (
        "The family card number ends in 0000, which no card does; a spreadsheet program may have rounded its last "
        "digit. Format the column as text and type the number again."
    ),
    "name_missing": "The row has no name.",
    "name_invalid": "The name has no letters, or more than 150 characters.",
    "date_missing": "The row has no birth date.",
    "date_invalid": "The birth date is no date of the calendar. Write it as dd/mm/yyyy.",
    "date_future": "The birth date lies in the future.",
    "date_implausible": "The birth date lies before 1900. Write the year with four digits.",
    "sex_unknown": "The sex is neither L nor P.",
    "address_invalid": "The address has more than 300 characters.",
    "rt_invalid": "The RT is not a number of at most three digits.",
    "rw_invalid": "The RW is not a number of at most three digits.",
    "area_missing": "The row names no village, neither by code nor by name.",
    "area_unknown": "There is no such village, district, regency or province in the place the row names.",
    "area_ambiguous": "More than one village has this name. Name its district and regency too, or write the area code.",
    "area_outside": "The village lies outside the areas for which you may hand in a list.",
    "phone_invalid": "The phone number is no Indonesian number. Write it as 08..., or leave the cell empty.",
    "phone_digits_lost": (
        "The spreadsheet program rounded the phone number. Format the column as text and type the number again."
    ),
    "location_invalid": "The latitude or longitude is no number of degrees in Indonesia, such as -6.2146 and 106.8451.",
    "location_incomplete": "The row has a latitude or a longitude, but not both.",
    "account_invalid": "The account number is not 5 to 30 digits, or the bank is no code and no name of a bank.",
    "account_digits_lost": (
        "The spreadsheet program rounded the account number and its last digits are lost. "
        "Format the column as text and type the number again."
    ),
    "bank_missing": "The row has an account number but no bank. Write the bank's code (three digits) or name beside it.",
    "household_size_invalid": "The number of household members is not a whole number from 1 to 99.",
    "person_repeated": (
        "An earlier row of this list has the same family card, name and birth date under another NIK. "
        "Keep the right one of the two."
    ),
    "registered_elsewhere": (
        "This person is on the register in an area outside yours. A list cannot move them; propose a change instead."
    ),
}


@dataclass(frozen=True)
class Problem:
    """One cell that is wrong: the row as the spreadsheet counts it, and the column as the office named it."""

    row: int
    column: str
    code: str

    @property
    def message(self) -> str:
        """What happened and what to do."""
        return MESSAGES[self.code]

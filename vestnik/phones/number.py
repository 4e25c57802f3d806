"""A phone number of +7 is an integer of eleven digits of which the first is a 7, as the contract has it."""

MIN_PHONE = 70_000_000_000
MAX_PHONE = 79_999_999_999


def operator_code_of(phone: int) -> int:
    """The operator code that a number was first given out under: its digits 2 to 4. Numbers are ported since."""
    return phone // 10_000_000 % 1_000

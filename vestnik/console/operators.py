"""Operators by their brand, as people know them."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _lazy

from vestnik.phones.operator_brands import Brand, brands_of_codes

#: The names as the pages show them.
NAMES = {
    Brand.MTS: _lazy("MTS"),
    Brand.MEGAFON: _lazy("MegaFon"),
    Brand.BEELINE: _lazy("Beeline"),
    Brand.T2: _lazy("T2 (Tele2)"),
    Brand.T_MOBILE: _lazy("T-Mobile (T-Bank)"),
    Brand.YOTA: "Yota",
}


def operators_in_words(codes: Iterable[int]) -> str:
    """Return operator codes as people read them: ``MTS, 904, 911``.

    A brand stands for its codes if all of them are there. The other codes have three digits, in ascending order.
    """
    left, names = set(codes), []
    for brand in Brand:
        own = {code for code, owner in brands_of_codes().items() if owner.brand == brand}
        if own <= left:
            left -= own
            names.append(str(NAMES[brand]))
    return ", ".join([*names, *(f"{code:03d}" for code in sorted(left))])

"""Phone numbers of +7: how they are read, searched, shown and masked.

``number``: which integers are one, and its operator code. ``spelling``: reads what people and spreadsheets write.
``sentences``: why a text is none, in words. ``search``: finds numbers by their first digits. ``display``: how a
number is shown, and how it is masked. ``numbering_plan``: which numbers are given out, and which are mobile ones.
"""

"""Phone numbers of +7, and all that is known of them.

``number``: which integers are one, and its operator code. ``spelling``: reads what people and spreadsheets write.
``search``: the first digits that somebody looks for. ``display``: how a number is shown, and how it is masked.
``numbering_plan``: which numbers are given out, and which are mobile ones.
"""

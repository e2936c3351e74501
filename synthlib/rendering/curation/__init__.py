"""Training renders left out of a study: near-duplicates and sparse views (thesis 4.3.2).

Functions take a manifest and return the rows that stay, in their order and with their index. Rows
of split `test` always stay, so that test sets do not depend on curation. `rendering` offers them.
"""

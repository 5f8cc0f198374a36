"""The trail: who saw and did what, each entry in the transaction of what it tells; it only grows, and its writes are chained by hashes.

Holds no names, only the ids of people and things, so it knows nothing but ui. The pages that show it to auditors are `trail`'s.
"""

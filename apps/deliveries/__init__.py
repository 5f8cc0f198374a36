"""Keeps one row per message: what the ledger says of it, folded, and the state that follows. Derived, so it can be rebuilt at any time.

May know the ledger and everything below it; never feeds.
"""

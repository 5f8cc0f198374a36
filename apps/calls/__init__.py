"""Keeps what reporters ask: "I sent it on that day, have you got it?", about which message it was, and what they were answered.

Each call is also a fact in the ledger; one that no message fits opens a gap of its own there. May know deliveries, feeds and everything below them.
"""

"""Keeps what people concluded about deliveries and why, and the second looks at it. Each is also a fact in the ledger; nothing here is ever changed.

May know deliveries, feeds and everything below them; never worklists or reports.
"""

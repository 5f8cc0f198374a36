"""Brings files in: the formats as they really are, the pipeline from stored bytes to the ledger, and what could not be read.

May know the ledger and everything below it; never deliveries.
"""

"""What the carriers are asked without files: a client that trusts nobody, one module for each interface, and the cursor that never skips.

Each yields what it was answered as it came; `actions` stores that as the bytes of an import, together with where the next run begins.
"""

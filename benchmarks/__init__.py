"""What reads and syncs cost, against the same work done with plain clients and with nothing but sockets and JSON.

``make bench`` (``QUICK=1`` for a share of it). The method is written down in ``docs/performance.md``.
"""

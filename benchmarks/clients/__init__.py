"""The same work by everybody who is measured: the floor, the peers, and this library.

A client is a module; what it can do are its functions, which take a :class:`~benchmarks.job.Job`, return how many
records they did, and raise when the result is not right.
"""

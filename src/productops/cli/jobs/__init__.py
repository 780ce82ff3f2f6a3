"""Jobs written down in ``productops.toml``: which two places are kept equal, and how."""

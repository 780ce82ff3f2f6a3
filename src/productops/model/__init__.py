"""What product operations talks about: plain pydantic models, no input or output."""

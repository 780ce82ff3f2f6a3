"""What a sync remembers: its tables, who may write them, and how they are asked."""

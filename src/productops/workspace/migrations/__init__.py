"""How a workspace's tables came to be; they are brought up to date when it is opened."""

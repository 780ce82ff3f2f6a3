"""Long histories in bad weather, judged by looking at the services: ``make campaign HISTORIES=200 SEED=7``."""

"""Steps from one schema of the decision database to the next."""

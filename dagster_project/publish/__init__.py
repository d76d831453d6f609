"""What analysts open and people look at: the published database and the board."""

"""What became of the funded projects."""

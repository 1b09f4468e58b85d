"""Purpose, principles, charter, glossary: drafted in the open, adopted by vote, kept for ever."""

"""What both doors share: guard, forms, errors, filters, headers."""

"""Working days: which days are worked, who said so, and how terms are counted on them."""

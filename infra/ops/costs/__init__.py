"""What the pipeline costs: bills that add up by hand, what a month would cost, and what others would."""

"""What the checker consists of: what is differentiated, slopes by differences, comparison, patterns, diagnosis."""

"""What several readings assume: how a sign is meant that the document writes in the same way in many formulas."""

DIAGONAL = "diag keeps the diagonal of the matrix and zeroes the rest"
ORIENTATION = "⊙ multiplies element by element, a row with a column too"
SUMMED = "an index that the left side lacks is summed over"

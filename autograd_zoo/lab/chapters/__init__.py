"""The exercises of the course, a file for each chapter: its EXERCISES, in the order in which they are asked."""

"""`python -m autograd_zoo` is the command `autograd-zoo`."""

from ._start import run

if __name__ == "__main__":
    run()

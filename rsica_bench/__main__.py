"""`python -m rsica_bench`: the command `rsica-bench`, where its script is not on the path."""

from rsica_bench.cli import main

if __name__ == "__main__":
    main()

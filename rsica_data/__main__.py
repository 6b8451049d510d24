"""`python -m rsica_data`: the command `rsica-data`, where its script is not on the path."""

from rsica_data.cli import main

if __name__ == "__main__":
    main()

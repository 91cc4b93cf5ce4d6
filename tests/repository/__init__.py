"""The contract suite of the repository: the same promises on every engine."""

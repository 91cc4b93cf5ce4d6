"""Generic mutants: changes that nobody chose, drawn from the syntax tree of the money core.

The catalogue proves that each promise has a test that can fail. It cannot tell what nobody thought of; a random sample can.
"""

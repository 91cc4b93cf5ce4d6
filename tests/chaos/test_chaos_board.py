"""How often a thing was tried: counted for each by itself, by all processes together."""

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.board import Board


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "board", tries=1024)


def test_each_thing_is_counted_by_itself(board: Board) -> None:
    names = [f"payment#{number}" for number in range(1000)]
    assert [board.attempt("store", name) for name in names] == [0] * 1000
    assert [board.attempt("store", name) for name in names] == [1] * 1000


def test_the_parts_of_a_name_are_not_run_together(board: Board) -> None:
    assert [board.attempt("a", "bc"), board.attempt("ab", "c")] == [0, 0]


def test_a_board_that_is_full_says_so(tmp_path: Path) -> None:
    small = Board(tmp_path / "board", tries=2)
    assert [small.attempt(name) for name in ("a", "b", "a")] == [0, 0, 1]
    with pytest.raises(RuntimeError, match="more than 2 things"):
        small.attempt("c")


def test_whoever_counts_waits_for_other_processes(tmp_path: Path) -> None:
    path = tmp_path / "board"
    board = Board(path)
    # The lock belongs to an open file: another one, in this process or not, is another process to it.
    with path.open("rb") as other, ThreadPoolExecutor(1) as threads:
        fcntl.flock(other, fcntl.LOCK_EX)
        counted = threads.submit(board.attempt, "store", "same")
        with pytest.raises(TimeoutError):
            counted.result(timeout=0.2)
        fcntl.flock(other, fcntl.LOCK_UN)
        assert counted.result(timeout=30) == 0


def test_whoever_counts_waits_for_other_threads(board: Board) -> None:
    with ThreadPoolExecutor(1) as threads:
        with board._threads:
            counted = threads.submit(board.attempt, "store", "same")
            with pytest.raises(TimeoutError):
                counted.result(timeout=0.2)
        assert counted.result(timeout=30) == 0

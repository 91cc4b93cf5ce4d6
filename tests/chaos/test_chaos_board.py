"""How often a thing was tried: counted for each by itself, by all processes together."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chaos.board import Board

_TIMES = 400


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


def _count(path: Path) -> list[int]:
    board = Board(path)
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda _: board.attempt("store", "same"), range(_TIMES)))


def test_no_two_processes_or_threads_get_the_same_number(tmp_path: Path) -> None:
    path = tmp_path / "board"
    Board(path)
    with multiprocessing.get_context("spawn").Pool(3) as processes:
        numbers = [number for counted in processes.map(_count, [path] * 3) for number in counted]
    assert sorted(numbers) == list(range(3 * _TIMES))

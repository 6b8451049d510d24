"""Which rows of a table are compared: the best each with each, of the others so many that the number grows linearly."""

from itertools import combinations

from rsica_bench.leaderboard.site.run_evidence import ABOVE, ALL_COMPARED, compared_pairs


def names(number):
    """Ranked runs whose alphabetical order is another one."""
    return [f"r{(place * 7) % number:04d}" for place in range(number)]


def test_the_best_rows_are_each_compared_with_each():
    ranked = names(ALL_COMPARED)
    assert compared_pairs(ranked) == list(combinations(sorted(ranked), 2))
    assert compared_pairs(["a"]) == compared_pairs([]) == []


def test_a_further_row_is_compared_with_the_best_and_those_above():
    ranked = names(ALL_COMPARED + 30)
    pairs = compared_pairs(ranked)
    last = {one if other == ranked[-1] else other for one, other in pairs if ranked[-1] in (one, other)}
    assert last == {ranked[0], *ranked[-1 - ABOVE : -1]}
    assert pairs == sorted(set(pairs))
    assert all(one < other for one, other in pairs)


def test_the_number_grows_with_the_rows():
    found = [len(compared_pairs(names(number))) for number in (100, 200, 300)]
    assert found[1] - found[0] == found[2] - found[1] == 100 * (ABOVE + 1)

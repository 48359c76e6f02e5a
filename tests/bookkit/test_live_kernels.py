"""pyfixest's compiled functions against the page's numpy ones, on panels of many kinds."""

import numpy as np
import pandas as pd
import pyfixest.core._core_impl as compiled
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from bookkit.live import kernels, standins

SUMS = {"rtol": 1e-12, "atol": 1e-12}  # the same terms, added in another order
LAGS = st.integers(0, 4)


@st.composite
def panels(draw):
    """Ids of two groupings, weights and three columns: balanced or not, with groups of one row."""
    units, years = draw(st.integers(2, 15)), draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ids = np.array([(unit, year) for unit in range(units) for year in range(years)])
    if draw(st.booleans()):  # unbalanced: some rows are missing, some units have one row
        ids = ids[rng.random(len(ids)) < draw(st.sampled_from([0.3, 0.6, 0.9]))]
        ids = np.vstack([ids, [[units, 0]]])
    ids = ids[rng.permutation(len(ids))]
    weights = rng.uniform(0.1, 5, len(ids)) if draw(st.booleans()) else np.ones(len(ids))
    return ids, weights, rng.normal(size=(len(ids), 3)) * [1, 1e-3, 1e4]


@given(panels(), st.sampled_from([1e-4, 1e-6, 1e-8]), st.booleans())
def test_demeaning_is_the_same_to_the_last_bit(panel, tolerance, one_way):
    ids, weights, x = panel
    groups = ids[:, :1] if one_way else ids
    given = x, groups.astype(np.uint64), weights, tolerance, 10_000
    (want, converged), (have, also) = compiled._demean_rs(*given), kernels._demean_rs(*given)
    assert converged is also is True
    assert np.array_equal(want, have)


@given(panels())
def test_demeaning_that_does_not_converge_says_so(panel):
    ids, weights, x = panel
    given = x, ids.astype(np.uint64), weights, 1e-300, 1
    (want, converged), (have, also) = compiled._demean_rs(*given), kernels._demean_rs(*given)
    assert converged == also
    assert np.array_equal(want, have)


@given(panels(), st.permutations(range(5)), st.booleans())
def test_collinear_columns_are_found(panel, order, full):
    ids, _, x = panel
    x = np.column_stack([x[:, 0], x[:, 1] * 1e3, np.ones(len(x)), x[:, 0] * 2 - 1, ids[:, 1]])
    x = x[:, order[:3] if full else order]
    want = compiled._find_collinear_variables_rs(x.T @ x, 1e-9)
    have = kernels._find_collinear_variables_rs(x.T @ x, 1e-9)
    assert np.array_equal(want[0], have[0])
    assert want[1:] == have[1:]


def test_where_all_columns_are_collinear_the_two_agree():
    for size in (1, 3):
        want = compiled._find_collinear_variables_rs(np.zeros((size, size)), 1e-9)
        have = kernels._find_collinear_variables_rs(np.zeros((size, size)), 1e-9)
        assert np.array_equal(want[0], have[0])
        assert want[1:] == have[1:] == (size, True)


@given(panels(), st.sampled_from([0, 1]))
def test_clustered_meat(panel, by):
    ids, _, scores = panel
    cluster = ids[:, by].astype(np.uint64)
    given = scores, np.unique(cluster), cluster
    want, have = compiled._crv1_meat_loop_rs(*given), kernels._crv1_meat_loop_rs(*given)
    assert np.allclose(want / np.abs(want).max(), have / np.abs(want).max(), **SUMS)


@given(panels())
def test_groups_of_one_row_are_found_however_they_come_about(panel):
    ids, _, _ = panel
    ids = np.asfortranarray(np.column_stack([ids, ids[:, 0] // 2]).astype(np.uint32))
    want, have = compiled._detect_singletons_rs(ids), kernels._detect_singletons_rs(ids)
    assert np.array_equal(want, have)


@given(panels(), st.lists(st.sampled_from(["unit", "year", "pair"]), min_size=1, unique=True))
def test_nested_fixed_effects_are_counted(panel, clusters):
    ids, _, _ = panel
    columns = {"unit": ids[:, 0], "year": ids[:, 1], "pair": ids[:, 0] // 2}
    names = np.array(["unit", "year"])
    data = np.column_stack([columns[name] for name in clusters]).astype(np.uintp)
    given = names, np.array(clusters), data, ids.astype(np.uintp)
    want = compiled._count_fixef_fully_nested_all_rs(*given)
    have = kernels._count_fixef_fully_nested_all_rs(*given)
    assert np.array_equal(want[0], have[0])
    assert want[1] == have[1]


@given(panels(), LAGS)
def test_meat_under_serial_correlation(panel, lag):
    ids, _, scores = panel
    order = np.lexsort((ids[:, 1], ids[:, 0]))
    ids, scores = ids[order], np.ascontiguousarray(scores[order])
    scale = np.abs(scores).max() ** 2 * len(scores)
    _, starts, counts = np.unique(ids[:, 0], return_index=True, return_counts=True)
    by_unit = scores, starts.astype(np.uint64), counts.astype(np.uint64), lag
    want, have = compiled._nw_meat_panel_rs(*by_unit), kernels._nw_meat_panel_rs(*by_unit)
    assert np.allclose(want / scale, have / scale, **SUMS)
    in_time = scores, np.arange(len(scores), dtype=float), lag
    want, have = compiled._nw_meat_time_rs(*in_time), kernels._nw_meat_time_rs(*in_time)
    assert np.allclose(want / scale, have / scale, **SUMS)
    years = np.argsort(ids[:, 1], kind="stable")
    _, firsts = np.unique(ids[years, 1], return_index=True)
    by_year = np.ascontiguousarray(scores[years]), firsts.astype(np.uint64), lag
    want, have = compiled._dk_meat_panel_rs(*by_year), kernels._dk_meat_panel_rs(*by_year)
    assert np.allclose(want / scale, have / scale, **SUMS)


def test_every_compiled_function_has_a_stand_in():
    names = {name for name in dir(compiled) if name.endswith("_rs") or name == "Preconditioner"}
    assert names == {name for name in dir(kernels) if name in names}


@pytest.mark.parametrize("name", ["_demean_within_rs", "_crv1_vcov_loop_qreg_rs"])
def test_what_has_no_stand_in_says_so(name):
    with pytest.raises(NotImplementedError, match="run the notebook on your computer"):
        getattr(kernels, name)()


@given(st.integers(0, 2**32 - 1))
def test_logit_is_that_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    x = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    y = pd.Series((rng.random(200) < 1 / (1 + np.exp(-x["a"] + 0.5))).astype(float))
    want = sm.Logit(y, sm.add_constant(x)).fit(disp=0, maxiter=100)
    have = standins.Logit(y, standins.add_constant(x)).fit()
    assert have.mle_retvals["converged"]
    assert list(have.params.index) == list(want.params.index)
    assert np.allclose(have.params, want.params, rtol=1e-10, atol=1e-10)  # Newton's last step
    again = standins.add_constant(x)
    assert np.allclose(have.predict(again), want.predict(again), rtol=1e-10)

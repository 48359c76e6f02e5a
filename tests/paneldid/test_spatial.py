"""Spatial errors against a double loop over counties, and against clustering where they meet."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from paneldid.spatial import conley, correlogram, great_circle

EXACT = 1e-12  # relative: the same sums in another order
CUTOFFS = (0, 50, 200, 800)


@pytest.fixture
def panel():
    """Forty units on a patch of the sphere, five years, two missing rows, dependent neighbours."""
    rng = np.random.default_rng(5)
    places = pd.DataFrame(
        {"longitude": rng.uniform(100, 106, 40), "latitude": rng.uniform(25, 31, 40)},
        index=pd.Index(range(100, 140), name="county"),
    )
    rows = pd.MultiIndex.from_product([places.index, range(5)], names=["county", "year"])
    frame = pd.DataFrame(index=rows).reset_index().drop(index=[3, 77])
    wave = np.sin(places["longitude"] + places["latitude"])
    frame["x"] = rng.normal(size=len(frame)) + frame["county"].map(wave) * frame["year"]
    frame["y"] = rng.normal(size=len(frame)) + frame["county"].map(wave) * frame["year"]
    return frame, places


def haversine(a, b):
    """Kilometres between two places, each (longitude, latitude), by the textbook formula."""
    (x1, y1), (x2, y2) = (map(math.radians, place) for place in (a, b))
    h = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


def test_great_circle_knows_beijing_shanghai_and_the_poles():
    longitude, latitude = np.array([116.407, 121.474, 0, 0]), np.array([39.904, 31.23, 90, -90])
    distance = great_circle(longitude, latitude)
    assert distance[0, 1] == pytest.approx(1067, abs=2)  # as atlases give it
    assert distance[2, 3] == pytest.approx(math.pi * 6371.0088)
    np.testing.assert_allclose(distance, distance.T)
    assert (np.diag(distance) == 0).all()


def double_loop(treatment, residual, county, places, cutoff):
    """The standard error, pair of rows by pair of rows."""
    meat, spots = 0.0, {c: tuple(spot) for c, spot in places.iterrows()}
    for i, a in enumerate(county):
        for j, b in enumerate(county):
            d = haversine(spots[a], spots[b])
            weight = float(a == b) if cutoff == 0 else max(1 - d / cutoff, 0)
            meat += weight * treatment[i] * residual[i] * treatment[j] * residual[j]
    return math.sqrt(meat) / sum(x * x for x in treatment)


def pieces(frame):
    fit = pf.feols("y~x|county+year", frame, vcov={"CRV1": "county"})
    return fit, pf.feols("x~1|county+year", frame, vcov="iid").resid(), fit.resid()


def test_conley_equals_a_double_loop_over_rows(panel):
    frame, places = panel
    _, x, e = pieces(frame)
    found = conley(x, e, frame["county"], places, CUTOFFS)
    for cutoff in CUTOFFS:
        twin = double_loop(x, e, list(frame["county"]), places, cutoff)
        assert found[cutoff] == pytest.approx(twin, rel=EXACT)
    assert found.nunique() == len(CUTOFFS)


def test_at_cutoff_zero_conley_is_clustering_by_unit_without_its_factor(panel):
    frame, places = panel
    _, x, e = pieces(frame)
    plain = pf.feols(
        "y~x|county+year", frame, vcov={"CRV1": "county"}, ssc=pf.ssc(k_adj=False, G_adj=False)
    )
    found = conley(x, e, frame["county"], places, [0])[0]
    assert found == pytest.approx(plain.se()["x"], rel=1e-8)  # pyfixest demeans to 1e-8


def test_conley_names_units_without_a_place(panel):
    frame, places = panel
    _, x, e = pieces(frame)
    with pytest.raises(ValueError, match=r"no coordinates for \[107\]"):
        conley(x, e, frame["county"], places.drop(index=107), [100])


def test_a_negative_variance_is_missing_not_zero():
    """Bartlett's weights fall with distance in a plane: no proper kernel, as on a line."""
    x, y = np.meshgrid(np.arange(8) * 0.2, np.arange(8) * 0.2)
    places = pd.DataFrame({"longitude": x.ravel(), "latitude": y.ravel()})
    weights = np.maximum(1 - great_circle(x.ravel(), y.ravel()) / 50, 0)
    value, vector = np.linalg.eigh(weights)
    assert value[0] < -1e-3
    found = conley(np.ones(64), vector[:, 0], places.index, places, [0, 50])
    assert found[0] > 0 and np.isnan(found[50])


def test_correlogram_equals_a_loop_over_pairs(panel):
    frame, places = panel
    e = pieces(frame)[2]
    edges = [0, 100, 300, 5000]
    found = correlogram(e, frame["county"], frame["year"], places, edges)
    rows = list(zip(frame["county"], frame["year"], e, strict=True))
    for band, (near, far) in enumerate(pairwise(edges)):
        products, pairs = [], set()
        for a, s, u in rows:
            for b, t, v in rows:
                if a < b and s == t and near <= haversine(places.loc[a], places.loc[b]) < far:
                    products.append(u * v)
                    pairs.add((a, b))
        twin = np.mean(products) / np.mean(e**2)
        assert found["correlation"][band] == pytest.approx(twin, rel=1e-10)
        assert found["pairs"][band] == len(pairs)

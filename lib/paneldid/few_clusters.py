"""Standard errors for few clusters: CR2 with Bell and McCaffrey's degrees of freedom, and CR3."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from paneldid.partialling import COLLINEAR, two_way

Array = np.ndarray


def small_sample_errors(
    panel: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    *,
    cluster: str = "county",
) -> pd.DataFrame:
    """CR2 and CR3 errors of the treatment in a regression with county and year effects.

    CR2 (Bell and McCaffrey, 2002; Pustejovsky and Tipton, 2018) scales each cluster's residuals so
    that the variance is unbiased under independence, with Satterthwaite degrees of freedom. CR3
    is the jackknife: it leaves each cluster out. Counties are nested in clusters, so their
    effects need no adjustment of their own.

    Rows with a missing value are left out, and collinear controls; raises as `two_way`, or if
    nothing is left of the treatment. Index CR2, CR3; columns estimate, se, df, t, p. CR3 is missing
    if one cluster alone tells the effect.
    """
    fml = f"{outcome}~{'+'.join([treatment, *controls])}|county+year"
    rows = two_way(panel, fml, cluster)
    d, W, y = rows.residualised()
    norm, estimate = np.linalg.norm(d), d @ y / (d @ d)
    Q = np.column_stack([W, d / norm])  # an orthonormal basis of all regressors
    residuals, direction = y - estimate * d, d / norm**2
    scores, own, cross = [], [], []
    start = rows.first[rows.lead]
    for one in map(slice, start, [*start[1:], len(y)]):
        left, singular, _ = np.linalg.svd(Q[one], full_matrices=False)
        along, outside = left.T @ direction[one], 1 - singular**2
        alone = outside < COLLINEAR  # regressors that no other cluster has
        lost = (np.abs(along[alone]) > COLLINEAR / norm).any()
        outside[alone] = np.inf
        cr2, cr3 = (direction[one] + left @ ((outside**k - 1) * along) for k in (-0.5, -1.0))
        scores.append((cr2 @ residuals[one], np.nan if lost else cr3 @ residuals[one]))
        own.append(cr2 @ cr2)
        cross.append(Q[one].T @ cr2)
    g, D, C = len(own), np.array(own), np.array(cross)
    loss = (C**2).sum(axis=1)
    trace = D.sum() - loss.sum()  # of diag(D) − CC', without a matrix of all pairs of clusters
    norm2 = D @ D - 2 * D @ loss + ((C.T @ C) ** 2).sum()
    variance = np.square(scores).sum(axis=0) * (1, (g - 1) / g)
    table = pd.DataFrame({"estimate": estimate, "se": np.sqrt(variance)}, ["CR2", "CR3"])
    table["df"] = [trace**2 / norm2, g - 1]
    table["t"] = table["estimate"] / table["se"]
    return table.assign(p=2 * stats.t.sf(table["t"].abs(), table["df"]))

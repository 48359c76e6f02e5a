"""Checks of the exercises in chapter 2; each says what is wrong."""


def check_1(answer, clusters):
    assert sorted(answer.index) == sorted(clusters["batch_year"].unique()), (
        "one value for each of the five batches, please"
    )
    for year, share in answer.items():
        of_year = clusters.loc[clusters["batch_year"] == year, "cluster_type"]
        assert abs(share - (of_year == "grain").mean()) < 1e-9, (
            f"{year}: that is not the share of grain in this batch alone"
        )


def check_2(answer, in_panel):
    in_one_batch = in_panel.groupby(["place", "batch_year"]).size()
    of_place = in_panel["place"].value_counts()
    assert set(answer.index) == set(of_place.index), (
        "one value a place, for the batches up to 2022"
    )
    for place, share in answer.items():
        assert (
            abs(share * of_place[place] - in_one_batch[place].max()) < 1e-9
        ), f"{place}: is that its largest batch over all its clusters?"


def check_3(answer, clusters, in_panel):
    assert 0 < answer < 1, "give a share between 0 and 1"
    assert abs((1 - answer) * len(clusters) - len(in_panel)) < 1e-6, (
        "what the panel sees and what it does not should add up to all clusters"
    )

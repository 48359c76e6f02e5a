"""Tables as papers and programs really print them: what is read, what is told, who is accused."""

import zipfile

import pytest

from printcheck import Cell, check
from printcheck.__main__ import main
from printcheck.drafts import draft
from printcheck.readers import read_grids


def drafted(tmp_path, name, text, **more):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return draft(read_grids(path), **more)


def found(made):
    """{(column, row, statistic): printed} of the first table."""
    return {c[1:4]: c.printed for c in made.cells if c.exhibit.startswith("table_1")}


def pipes(*rows):
    """A pipe table of rows, each as its cells between spaces and bars."""
    return "".join(f"| {row} |\n" for row in rows)


PLAIN = ("  | (1) | (2)", "x | 0.60 | 0.10", " | (0.10) | (0.10)")


def test_a_table_without_stars_accuses_nobody(tmp_path):
    """It may mark significance in no way at all, so that their lack is not a claim."""
    made = drafted(tmp_path, "t.md", pipes(*PLAIN))
    assert {c.stars for c in made.cells} == {None} and check(made.cells).exit_code == 0
    assert any("no stars" in note for note in made.notes)
    legend = drafted(tmp_path, "u.md", pipes(*PLAIN, "* p<0.1, ** p<0.05 | |"))
    assert check(legend.cells).exit_code == 1  # it says that stars are used, and 0.60 has none


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        ("t statistics in parentheses", "t"),
        ("Robust t-values in brackets", "t"),
        ("p-values in parentheses", "p"),
        ("Robust standard errors in parentheses", "se"),
        ("括号内为t值", "t"),
        ("Standard errors in parentheses | t statistics in brackets", "se"),  # both: not guessed
        ("All columns control for region", "se"),
    ],
)
def test_a_table_says_itself_what_stands_in_its_brackets(tmp_path, note, kind):
    made = drafted(tmp_path, "t.md", pipes(*PLAIN, note))
    assert {c.statistic for c in made.cells} == {"estimate", kind}
    assert any(f"brackets are read as {kind};" in told for told in made.notes)
    declared = drafted(tmp_path, "t.md", pipes(*PLAIN, note), brackets="p")
    assert {c.statistic for c in declared.cells} == {"estimate", "p"}


def test_estout_with_t_statistics_is_not_accused(tmp_path, capsys):
    """What its `esttab` prints if nothing is asked for: t statistics, and a note that says so."""
    table = r"""\begin{tabular}{lc} &\multicolumn{1}{c}{(1)}\\ \hline
        educ & 0.092\sym{***}\\ & (12.56) \\ \hline
        \multicolumn{2}{l}{\footnotesize \textit{t} statistics in parentheses}\\
        \multicolumn{2}{l}{\footnotesize \sym{*} \(p<0.05\), \sym{**} \(p<0.01\)}\\
        \end{tabular}"""
    (tmp_path / "t.tex").write_text(table)
    assert main(["check", str(tmp_path / "t.tex")]) == 0
    assert "brackets are read as t;" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["(0.3, 0.7)", "[0.3; 0.7]", "[0.3 – 0.7]", "(0.3 to 0.7)", "[0.3,0.7]"],
)
def test_ways_to_print_an_interval(tmp_path, text):
    made = drafted(tmp_path, "t.md", pipes(" | (1)", "x | 0.5", f" | {text}"), brackets="ci")
    assert found(made)["1", "x", "ci_low"] == "0.3" and found(made)["1", "x", "ci_high"] == "0.7"


@pytest.mark.parametrize("name", ["F-test (p-value)", "Hansen J test", "Over-id. (p-value)"])
def test_a_test_with_its_p_value_in_brackets_is_no_coefficient(tmp_path, name):
    """102.4 (0.000) would have a t ratio beyond all bounds, and no star."""
    stars = ("  | (1) | (2)", "x | 0.60*** | 0.10", " | (0.10) | (0.10)")
    made = drafted(tmp_path, "t.md", pipes(*stars, f"{name} | 102.4 (0.000) | 56.1 (0.000)"))
    assert check(made.cells).exit_code == 0
    assert any("named like a test" in note for note in made.notes)
    score = drafted(tmp_path, "u.md", pipes(*stars, "Test score | 9.4 (0.1) | 1.0 (0.9)"))
    assert found(score)["1", "Test score", "estimate"] == "9.4"
    assert check(score.cells).exit_code == 1


def test_what_a_row_says_of_two_columns_is_no_number_under_two_names(tmp_path):
    rows = (*PLAIN, "Counties | 1,287 | 1,287", "Waves --- all | --- | 5")
    made = drafted(tmp_path, "t.md", pipes(*rows))
    assert check(made.cells)["repeated"].outcome == "CONSISTENT"
    assert not any("could not read" in note for note in made.notes)
    other = drafted(tmp_path, "u.md", pipes(*rows, "Clan heads | 3 | 1,287"))
    assert check(other.cells)["repeated"].outcome == "CONSISTENT_ONLY_IF"


@pytest.mark.parametrize("text", ["(1,234)", "(0.3-0.7)", "(0.3)"])
def test_what_is_no_interval_is_told(tmp_path, text):
    made = drafted(tmp_path, "t.md", pipes(" | (1)", "x | 0.5", f" | {text}"), brackets="ci")
    assert any(f"could not read {text!r}" in note for note in made.notes) and len(made.cells) == 1


def test_decimal_commas_without_a_leading_zero(tmp_path):
    made = drafted(tmp_path, "t.csv", ";(1);(2)\nx;1,50***;12,25\n;(1,05);(3,90)\nN;1.234;345\n")
    assert found(made)["1", "x", "estimate"] == "1.50" and found(made)["2", "x", "se"] == "3.90"
    assert found(made)["1", "model", "n"] == "1234"
    lakh = drafted(tmp_path, "u.csv", ',(1)\nN,"1,23,456"\n')  # Indian thousands are no decimals
    assert not lakh.cells and "1,23,456" in "".join(lakh.notes)


def test_columns_headed_by_numerals_are_no_numbers(tmp_path):
    made = drafted(tmp_path, "t.md", pipes(" | 1 | 2", "x | 0.5* | 0.4", " | (0.3) | (0.4)"))
    assert {*found(made)} == {(c, "x", s) for c in "12" for s in ("estimate", "se")}
    first = drafted(tmp_path, "u.md", pipes("x | 1 | 2", " | (3) | (4)"))
    assert found(first)["1", "x", "estimate"] == "1"  # with a label it is a row


def test_one_n_for_two_columns_is_that_of_both(tmp_path):
    table = """<table><tr><th rowspan=2></th><th colspan=2>Wages</th></tr>
        <tr><th>(1)</th><th>(2)</th></tr><tr><td rowspan=2>educ</td><td>0.1*</td><td>0.2</td></tr>
        <tr><td>(0.05)</td><td>(0.2)</td></tr>
        <tr><td>N</td><td colspan=2>1 234</td></tr></table>"""
    cells = found(drafted(tmp_path, "t.html", table))
    assert cells["1", "model", "n"] == cells["2", "model", "n"] == "1234" and len(cells) == 6
    latex = r"""\begin{tabular}{lcc} & (1) & (2) \\ x & 0.1* & 0.2 \\ & (0.05) & (0.2) \\
        Firm~FE & Yes & \multicolumn{1}{c}{No} \\
        N & \multicolumn{2}{c}{1{,}234} \\ \end{tabular}"""
    made = drafted(tmp_path, "t.tex", latex)
    assert found(made)["2", "model", "n"] == "1234"
    assert made.columns["table_1/1"]["fixed"] == ["Firm FE"]


def test_lines_of_a_cell_are_words_apart(tmp_path):
    table = """<table><tr><td></td><td>(1)</td></tr><tr><td><p>Log</p><p>wage</p></td>
        <td><div>0.10*</div><div>(0.05)</div></td></tr></table>"""
    assert found(drafted(tmp_path, "t.html", table)) == {
        ("1", "Log wage", "estimate"): "0.10",
        ("1", "Log wage", "se"): "0.05",
    }


def test_word_paragraphs_deleted_text_and_tables_inside_cells(tmp_path):
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

    def cell(*lines):
        paragraphs = (f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
        return f"<w:tc>{''.join(paragraphs)}</w:tc>"

    old = "<w:p><w:del><w:r><w:delText>9</w:delText></w:r></w:del><w:r><w:t>0.10*</w:t></w:r></w:p>"
    rows = [cell("") + cell("(1)"), cell("Log", "wage") + f"<w:tc>{old}<w:p/></w:tc>"]
    rows += [cell("") + cell("(0.05)")]
    table = f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"
    outer = f"<w:tbl><w:tr><w:tc>{table}</w:tc></w:tr></w:tbl>"
    with zipfile.ZipFile(tmp_path / "t.docx", "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {space}>{outer}</w:document>")
    made = draft(read_grids(tmp_path / "t.docx"))
    assert found(made) == {
        ("1", "Log wage", "estimate"): "0.10",
        ("1", "Log wage", "se"): "0.05",
    }


def test_modelsummary_writes_a_table_of_another_name(tmp_path):
    table = r"""\begin{tblr}[ %% outer
        ] %% outer
        { %% inner
        colspec={Q[]Q[]},
        }
        \toprule & (1) \\ \midrule
        x & 0.100* \\ & (0.050) \\ Num.Obs. & 32 \\ \bottomrule \end{tblr}"""
    assert found(drafted(tmp_path, "t.tex", table)) == {
        ("1", "x", "estimate"): "0.100",
        ("1", "x", "se"): "0.050",
        ("1", "model", "n"): "32",
    }


def test_panels_in_bold_are_panels(tmp_path):
    rows = (" | (1)", "**Panel A: men** | ", "x | 0.5*", " | (0.3)", "__Panel B__ |", "x | 0.4")
    made = drafted(tmp_path, "t.md", pipes(*rows))
    assert {c.exhibit for c in made.cells} == {"table_1_panel_a", "table_1_panel_b"}


def test_deviations_in_brackets_stay_with_their_means(tmp_path):
    rows = ("Variable | Mean | (SD) | Mean | SD", "x | 1.0 | (0.5) | 2.0 | 0.6")
    made = drafted(tmp_path, "t.md", pipes(*rows))
    assert found(made) == {("main", "x", "mean"): "1.0", ("main", "x", "sd"): "0.5"}
    assert sum("left out" in note for note in made.notes) == 2


def test_a_column_without_a_number_is_not_declared(tmp_path):
    """A role of a column that no cell has would stop the check of the draft."""
    made = drafted(
        tmp_path, "t.md", pipes(" | (1) | (2)", "x | 0.5* |", " | (0.3) |", "FE | x | x")
    )
    assert {*made.columns} == {"table_1/1"}
    assert check(made.cells, {"columns": made.columns}).exit_code == 0


def regression(column, row, estimate, constant, n, r2):
    """Cells of a column with one regressor and a constant."""
    numbers = ((row, "estimate", estimate), ("_cons", "estimate", constant))
    told = (*numbers, ("model", "n", n), ("model", "r2", r2))
    return [Cell("t", column, *a, v, len(v.partition(".")[2])) for *a, v in told]


def means(**variables):
    """Cells of a table of means: N, mean and standard deviation by variable."""
    return [
        Cell("s", "main", name, kind, v, len(v.partition(".")[2]))
        for name, values in variables.items()
        for kind, v in zip(("n", "mean", "sd"), values, strict=True)
    ]


LONE = {"outcome": "y", "estimator": "ols", "intercept": "_cons"}


def test_a_lone_regressor_need_not_be_a_dummy():
    """Log wages on years of schooling, whose mean the paper does not print."""
    cells = regression("1", "educ", "0.083", "0.584", "526", "0.186")
    cells += means(y=("526", "1.623", "0.532"))
    roles = {"summary": "s/main", "columns": {"t/1": LONE | {"regressors": ["educ"]}}}
    report = check(cells, roles)
    assert report["treated_share_t_1"].outcome == "CONSISTENT_ONLY_IF"
    assert "educ takes other values than zero and one" in report["treated_share_t_1"].condition
    panel = {"panel": {"units": 526, "first": 1, "last": 1}}
    policy = {"adoption": {"treatment": "educ", "cohorts": [1]}}  # which is zero or one
    assert check(cells, roles | panel | policy)["treated_share_t_1"].outcome == "INCONSISTENT"


def test_rows_of_another_dummy_are_not_the_treated_rows():
    """Of 1,000 rows 500 are women and 100 treated; only the second column tells the treated."""
    cells = regression("1", "female", "-0.200", "1.100", "1000", "0.250")
    cells += regression("2", "policy", "-0.200", "1.020", "1000", "0.090")
    cells += means(y=("1000", "1.000", "0.200"))
    both = {f"t/{k}": LONE | {"regressors": [r]} for k, r in (("1", "female"), ("2", "policy"))}
    cells += [Cell("t", "2", row, "se", "0.020", 3) for row in ("policy", "_cons")]
    roles = {
        "summary": "s/main",
        "columns": both,
        "defaults": {"vcov": "cluster"},
        "panel": {"units": 200, "first": 1, "last": 5},
        "adoption": {"treatment": "policy", "cohorts": [4]},
    }
    report = check(cells, roles)
    women, treated = (report[f"treated_share_t_{k}"].numbers["treated"] for k in "12")
    assert 500 in women and 100 in treated and treated.hi < 120
    plain = 0.2 * (1 - 0.09) ** 0.5 / (1000 * 0.1 * 0.9) ** 0.5  # of 100 treated rows
    assert (0.02 / plain) ** 2 in report["clustering"].numbers["T (2) policy"]


def test_r2_may_fall_where_rows_are_lost():
    cells = regression("1", "x", "0.1", "1.0", "500", "0.300")
    cells += regression("2", "x", "0.1", "1.0", "400", "0.200")
    cells += [Cell("t", "2", "z", "estimate", "0.3", 1)]
    spec = {"outcome": "y", "estimator": "ols"}
    rows = {"t/1": spec | {"regressors": ["x"]}, "t/2": spec | {"regressors": ["x", "z"]}}
    assert "nested" not in check(cells, {"columns": rows}).findings
    same = [c._replace(printed="500") if c.statistic == "n" else c for c in cells]
    assert check(same, {"columns": rows})["nested"].outcome == "INCONSISTENT"


LEGENDS = {
    "+ p<0.1, * p<0.05, ** p<0.01": [0.05, 0.01],
    "*** p < .01, ** p < .05, * p < .1": [0.1, 0.05, 0.01],
    "* significant at 10%; ** significant at 5%; *** significant at 1%": [0.1, 0.05, 0.01],
}


@pytest.mark.parametrize("legend", LEGENDS)
def test_a_table_says_itself_what_its_stars_mean(tmp_path, capsys, legend):
    """Two stars on a t ratio of eight: right if no more exist, wrong if three do."""
    rows = (" | (1)", "x | 0.80**", " | (0.10)", f"{legend} |")
    made = drafted(tmp_path, "t.md", pipes(*rows))
    assert made.stars == LEGENDS[legend]
    assert main(["check", str(tmp_path / "t.md")]) == (len(made.stars) == 3)
    (tmp_path / "roles.yml").write_text("stars: [0.05, 0.01]")
    assert main(["check", str(tmp_path / "t.md"), "--roles", str(tmp_path / "roles.yml")]) == 0


def test_legends_that_differ_are_told_and_none_is_taken(tmp_path):
    tables = [
        pipes(" | (1)", "x | 0.80**", " | (0.10)", f"{legend} |")
        for legend in ("* p<0.05, ** p<0.01", "* p<0.1, ** p<0.05, *** p<0.01")
    ]
    made = drafted(tmp_path, "t.md", "\n".join(tables))
    assert made.stars == [] and any("legends of stars differ" in note for note in made.notes)


NOTED = {
    "t.md": "|  | (1) | (2) |\n| x | 0.06STARS | -0.20*** |\n|  | (1.40) | (-6.10) |\n"
    "\nNote: *t* statistics in parentheses.\n",
    "t.html": "<table><tr><td></td><td>(1)</td><td>(2)</td></tr><tr><td>x</td><td>0.06STARS</td>"
    "<td>-0.20***</td></tr><tr><td></td><td>(1.40)</td><td>(-6.10)</td></tr></table>"
    "<p>Note: <i>t</i> statistics in parentheses.</p>",
    "t.tex": r"\begin{tabular}{lcc} & (1) & (2)\\ x & 0.06STARS & -0.20***\\ & (1.40) & (-6.10)\\"
    r"\end{tabular}" + "\n" + r"\item Absolute values of $t$-ratios in parentheses",
}


@pytest.mark.parametrize("name", NOTED)
@pytest.mark.parametrize("stars", ["", "***"])
def test_a_note_beside_the_table_says_what_is_in_brackets(tmp_path, capsys, name, stars):
    """Read as an error, −6.10 would be a fault; as a ratio, 1.40 earns no star."""
    (tmp_path / name).write_text(NOTED[name].replace("STARS", stars), encoding="utf-8")
    assert main(["check", str(tmp_path / name)]) == bool(stars)
    assert "brackets are read as t" in capsys.readouterr().err


T_ROWS = ("  | (1) | (2)", "x | 0.80*** | -0.61***", " | (8.00) | (-6.10)", "z | 0.20 | 0.14")
T_ROWS += (" | (1.40) | (1.40)",)


@pytest.mark.parametrize(
    "note",
    [
        "t-statistics based on standard errors clustered by firm are reported in parentheses.",
        "Standard errors are clustered by firm, and t-statistics are in parentheses.",
        "Numbers in parentheses are t-statistics.",
        "The t-values (in parentheses) use robust errors.",
        "Robust z-statistics in parentheses",
        "括号内为经稳健标准误调整后的t值",
        "注：( )内为t值",
        "Years are left out",  # nothing said: what is negative is no error
    ],
)
def test_ratios_made_with_standard_errors_are_ratios(tmp_path, note):
    """The clause that names brackets may name errors, too, or name the brackets first."""
    made = drafted(tmp_path, "t.md", pipes(*T_ROWS, f"{note} |"))
    assert {c.statistic for c in made.cells} == {"estimate", "t"}
    assert check(made.cells).exit_code == 0
    lagged = drafted(tmp_path, "u.md", pipes(*PLAIN, "GDP (-1) | 0.1 | 0.2", " | (0.1) | (0.1)"))
    assert {c.statistic for c in lagged.cells} == {"estimate", "se"}


def test_errors_stay_errors_beside_another_statistic(tmp_path):
    for note in (
        "Standard errors, clustered by state, in parentheses. The t-test is in the last row.",
        "Standard errors in parentheses, t statistics in square brackets",
        "Numbers in parentheses are standard errors; t-values are not shown",
        "括号内为标准误,t值见附录",
    ):
        made = drafted(tmp_path, "t.md", pipes(*PLAIN, f"{note} |"))
        assert {c.statistic for c in made.cells} == {"estimate", "se"}


def test_a_paragraph_below_a_table_of_word_is_its_note(tmp_path):
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    words = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    lines = (["", "(1)"], ["x", "0.80**"], ["", "(8.00)"], ["N", "420"])
    rows = ("".join(f"<w:tc>{words.format(c)}</w:tc>" for c in line) for line in lines)
    table = f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"
    below = map(words.format, ("", "t statistics in parentheses", "*, ** denote 5 % and 1 %"))
    with zipfile.ZipFile(tmp_path / "t.docx", "w") as archive:
        body = f"<w:document {space}><w:body>{table}{''.join(below)}</w:body></w:document>"
        archive.writestr("word/document.xml", body)
    made = draft(read_grids(tmp_path / "t.docx"))
    assert found(made)["1", "x", "t"] == "8.00" and made.stars == [0.05, 0.01]
    assert check(made.cells, {"stars": made.stars}).exit_code == 0


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (("0.80 (0.10)***", "0.10 (0.10)"), "Standard errors in parentheses"),
        (("0.80 (8.00***)", "0.10 (1.00)"), "t-values in parentheses"),
        (("0.80 [0.60, 1.00]***", "0.10 [-0.1, 0.3]"), "95% CI in brackets"),
    ],
)
def test_stars_behind_or_in_a_bracket_are_those_of_the_estimate(tmp_path, cells, note):
    rows = (" | (1) | (2)", f"x | {' | '.join(cells)}", f"{note} |", "*** p<0.01 |")
    made = drafted(tmp_path, "t.md", pipes(*rows))
    assert [c.stars for c in made.cells if c.statistic == "estimate"] == [3, 0]
    assert check(made.cells, {"stars": made.stars}).exit_code == 0


def test_few_clusters_that_are_printed_are_few_degrees_of_freedom(tmp_path):
    """|t| of 2.49 has p 0.055 with five degrees of freedom, 0.013 by the normal."""
    rows = (" | (1)", "x | 0.249*", " | (0.100)", "N | 420", "* p<0.1, ** p<0.05 |")
    assert check(drafted(tmp_path, "t.md", pipes(*rows)).cells, {"stars": [0.1, 0.05]}).exit_code
    made = drafted(tmp_path, "u.md", pipes(*rows, "Number of clusters (states) | 6"))
    assert check(made.cells, {"stars": made.stars}).exit_code == 0


@pytest.mark.parametrize("name", ["Adjusted ROA", "Ret_adj", "Region adjacent", "Within region"])
def test_a_variable_that_begins_like_a_statistic_is_a_variable(tmp_path, name):
    made = drafted(tmp_path, "t.md", pipes(" | (1)", f"{name} | 3.20***", " | (0.20)"))
    assert found(made)["1", name, "se"] == "0.20" and check(made.cells).exit_code == 0


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Sample size", "n"), ("N (firm-years)", "n"), ("# Observations", "n"), ("观测数", "n"),
        ("Adj. R-squared", "r2_adj"), ("R2 Adj.", "r2_adj"), ("调整R2", "r2_adj"),
        ("R-squared (within)", "r2_within"), ("Overall R-squared:", "r2"), ("拟合优度", "r2"),
    ],
)  # fmt: skip
def test_other_names_of_statistics(tmp_path, label, kind):
    made = drafted(tmp_path, "t.md", pipes(*PLAIN, f"{label} | 0.5 | 0.5"))
    assert found(made)["1", "model", kind] == "0.5"


@pytest.mark.parametrize("word", ["Odds ratio", "Exponentiated coefficients"])
def test_errors_of_ratios_accuse_nobody(tmp_path, word):
    """An odds ratio of 1.05 may have an error of 0.20: its test is against one."""
    rows = (" | (1)", f"{word} | ", "x | 1.05", " | (0.20)", "z | 2.00***", " | (0.30)")
    made = drafted(tmp_path, "t.md", pipes(*rows))
    assert check(made.cells).exit_code == 0 and any("errors of ratios" in n for n in made.notes)
    t = "t statistics in parentheses |"
    ratios = drafted(tmp_path, "u.md", pipes(*rows[:3], " | (-2.40)", *rows[4:5], " | (4.62)", t))
    assert found(ratios)["1", "x", "t"] == "-2.40"
    assert check(ratios.cells)["retold_t"].outcome == "CONSISTENT"  # the ratio has no sign


LISTS = {
    "***, **, and * denote significance at the 1%, 5%, and 10% levels": [0.1, 0.05, 0.01],
    "*、**分别表示在5%、1%水平上显著": [0.05, 0.01],
    "*, ** and *** mean p below .05, .01 and .001": [0.05, 0.01, 0.001],
    "** Denotes significance at the 5-percent level": [0.05],
    "**, * rest on 500 and 999 draws": [],
}


@pytest.mark.parametrize("legend", LISTS)
def test_a_legend_may_list_stars_first(tmp_path, legend):
    made = drafted(tmp_path, "t.md", pipes(" | (1)", "x | 0.80*", " | (0.10)", f"{legend} |"))
    assert made.stars == LISTS[legend]


def test_a_plus_marks_ten_per_cent_beside_stars(tmp_path):
    rows = (" | (1)", "x | 0.18+", " | (0.10)", "+ p < 0.1, * p < 0.05, ** p < 0.01 |")
    made = drafted(tmp_path, "t.md", pipes(*rows))
    assert found(made)["1", "x", "estimate"] == "0.18"
    assert check(made.cells, {"stars": made.stars}).exit_code == 0


@pytest.mark.parametrize(
    ("note", "right", "wrong"),
    [
        ("p-values in parentheses", "0.18* | (0.07)", "0.18*** | (0.07)"),
        ("t statistics in parentheses", "0.18* | (1.80)", "0.18* | (-1.80)"),
        ("95% CI in brackets", "0.18 | [-0.02, 0.38]", "0.18 | [0.20, 0.38]"),
    ],
)
def test_what_contradicts_an_estimate_without_its_error(tmp_path, note, right, wrong):
    other = {"p": "(0.03)", "t": "(-2.20)", "9": "[-0.40, -0.04]"}[note[0]]
    for text, code in ((right, 0), (wrong, 1)):
        x, inner = text.split(" | ")
        rows = (" | (1)", f"x | {x}", f" | {inner}", "z | -0.22**", f" | {other}", f"{note} |")
        assert check(drafted(tmp_path, "t.md", pipes(*rows)).cells).exit_code == code


def test_a_lone_negative_number_in_brackets_makes_no_ratios(tmp_path):
    """Ratios have the signs of all estimates; a difference between columns is no such thing."""
    rows = (" | (1) | (2)", "x | -0.60*** | 0.10", " | (0.10) | (0.10)", "z | -0.50*** | 0.10")
    made = drafted(tmp_path, "t.md", pipes(*rows, " | (0.10) | (0.10)", "(1)-(2) | | (-0.70)"))
    assert {c.statistic for c in made.cells} == {"estimate", "se"}


def test_a_row_in_brackets_may_say_what_it_holds(tmp_path):
    rows = (" | (1)", "x | 0.60***", "(robust s.e.) | (0.10)", "z | 0.10", "Std. err. | (0.10)")
    made = drafted(tmp_path, "t.md", pipes(*rows, "p-value | 0.23"))
    assert [c.row for c in made.cells] == ["x", "x", "z", "z", "p-value"]


def test_a_share_in_per_cent_and_a_named_test_are_no_faults(tmp_path):
    rows = ("Adj. R-squared (%) | 45.2 | 46.1", "Hansen J | 2.1 [0.35] | 2.0 [0.36]")
    made = drafted(tmp_path, "t.md", pipes(*PLAIN, *rows, "AR(2) | 0.8 (0.1) | 0.7 (0.1)"))
    assert check(made.cells).exit_code == 0


def test_a_legend_beside_a_table_is_its_legend(tmp_path):
    """Two levels are no usual ones: read without the legend, 0.80 lacks a star."""
    for name, note in {
        "t.html": "<p><sup>*</sup>p&lt;0.05; <sup>**</sup>p&lt;0.01</p>",
        "t.tex": "$^{*}$, $^{**}$ denote significance at the 5\\% and 1\\% levels.",
    }.items():
        text = {
            "t.html": "<table><tr><td>x</td><td>0.80** (0.10)</td></tr></table>",
            "t.tex": "\\begin{tabular}{lc} x & 0.80** (0.10) \\\\ \\end{tabular}",
        }[name]
        (tmp_path / name).write_text(f"{text}\n{note}\n", encoding="utf-8")
        assert main(["check", str(tmp_path / name)]) == 0
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert main(["check", str(tmp_path / name)]) == 1

"""The tool from outside: files in, drafts, reports and exit codes out, and bad input answered."""

import html
import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
import yaml
from jsonschema import validate

import printcheck
from bookkit.ledger import PUBLISHED
from printcheck import InputError, check, read_cells, read_roles
from printcheck.__main__ import main
from printcheck.cells import role_keys
from printcheck.drafts import draft
from printcheck.readers import read_grids
from printcheck.report import explanations

HEAD = "exhibit,column,row,statistic,printed,decimals,stars\n"

ESTOUT = r"""
\begin{table}\def\sym#1{\ifmmode^{#1}\else\(^{#1}\)\fi}
\begin{tabular}{l*{2}{c}} \hline\hline
            &\multicolumn{1}{c}{(1)}&\multicolumn{1}{c}{(2)}\\
            &\multicolumn{1}{c}{lwage}&\multicolumn{1}{c}{lwage}\\ \hline
educ        &       0.092\sym{***}&      $-$0.060\sym{*}  \\
            &     (0.007)         &     (0.034)         \\
[1em]
exper\_sq   &                     &           .002         \\
            &                     &     (0.004)         \\ % a comment
\_cons      &       0.284\sym{***}&       0.048         \\
            &     (0.104)         &     (0.420)         \\ \hline
Year FE & No & Yes \\
\(N\)       &     1,526         &         428         \\
\(R^{2}\)   &       0.186         &       0.136         \\ \hline
\multicolumn{3}{l}{\sym{*} \(p<0.1\), \sym{**} \(p<0.05\)}\\
\end{tabular}\end{table}
"""
ETABLE = r"""
\begin{tabularx}{\linewidth}{@{}>{\raggedright}l>{\centering}X>{\centering}X}
\toprule
 & \multicolumn{2}{c}{Y} \\ \cmidrule(lr){2-3}
 & (1) & (2) \\ \midrule
\addlinespace[1ex]
X1 & \makecell{-1.000*** \\ (0.085)} & \makecell{-0.950*** \\ (0.067)} \\
\addlinespace[0.5ex]
Intercept & \makecell{0.919*** \\ (0.112)} &  \\ \midrule
f1 & - & x \\ \midrule
Observations & 998 & 997 \\
$R^2$ & 0.123 & 0.489 \\ \bottomrule
\end{tabularx}
"""
HTML = """<table><thead><tr><th rowspan=2></th><th colspan=2>Sample</th></tr>
<tr><th>(1)</th><th>(2)</th></tr></thead><script>1</script>
<tr><td>log y</td><td>0,123<sup>**</sup></td><td>1.234,567</td></tr>
<tr><td></td><td>(0,061)</td><td>(12,5)</td></tr><tr><td>Observations</td><td>10.800</td><td>782</td></tr>
<tr><td>R<sup>2</sup></td><td>0,829</td><td>0,828</td></tr></table>"""
MARKDOWN = """
| | (1) | (2) |
|---|---:|---:|
| Panel A. Men | | |
| educ | 0.092*** (0.007) | −0.084 *** |
| | | (0.007) |
| age | 1.234,5 | — |
| N | 12 345 | 12,345 |
| Panel B. Women | | |
| educ | 0.092^a | 0.08† |
| | [0.01] | (0.01) |
| R-squared | .186 | 0.3 |
"""


def drafted(tmp_path, name, text, **more):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return draft(read_grids(path), **more)


def found(made):
    """{(table, column, row, statistic): printed} without "table_1"."""
    return {
        (c.exhibit.removeprefix("table_1"), *c[1:4]): c.printed + "*" * (c.stars or 0)
        for c in made.cells
    }


def test_estout(tmp_path):
    made = drafted(tmp_path, "t.tex", ESTOUT)
    cells = found(made)
    assert len(cells) == 14
    assert cells["", "2", "educ", "estimate"] == "-0.060*"
    assert cells["", "2", "exper_sq", "estimate"] == "0.002"
    assert cells["", "1", "model", "n"] == "1526" and cells["", "1", "model", "r2"] == "0.186"
    spec = made.columns["table_1/2"]
    assert spec["regressors"] == ["educ", "exper_sq"] and spec["intercept"] == "_cons"
    assert spec["fixed"] == ["Year FE"] and made.columns["table_1/1"]["fixed"] == []
    assert any("headed 'lwage'" in note for note in made.notes)
    assert not [note for note in made.notes if "could not read" in note]


REGTABLE = r"""
\begin{tabular}{l*{2}{c}} \toprule
 &\multicolumn{2}{c}{log(wage)}\\ & (1) & (2) \\ \midrule
Union & 0.169\sym{***} & 0.074 \\
 & [0.029] & [0.060] \\
Constant & 0.445 & \\
Worker FE & No & Yes \\
Cluster & Worker & Worker \\
RMSE & 0.480 & 0.351 \\
Mean dep. var. & 1.649 & 1.649 \\
Observations & 4,360 & 4,360 \\ \bottomrule
\multicolumn{3}{l}{\sym{*} \(p<0.10\), \sym{**} \(p<0.05\), \sym{***} \(p<0.01\)}\\
\end{tabular}
"""


def test_what_is_no_coefficient_is_told_and_not_taken_for_one(tmp_path):
    made = drafted(tmp_path, "t.tex", REGTABLE)
    cells, spec = found(made), made.columns["table_1/1"]
    assert cells["", "1", "model", "outcome_mean"] == "1.649"
    assert cells["", "2", "RMSE", "other"] == "0.351" and spec["regressors"] == ["Union"]
    assert spec["intercept"] == "Constant"  # printed without its error, as many do
    assert made.stars == [0.1, 0.05, 0.01]
    assert "table_1, Cluster: says Worker" in made.notes  # once, not for every column
    assert sum("RMSE" in note for note in made.notes) == 1
    (tmp_path / "roles.yml").write_text(made.roles(), encoding="utf-8")
    report = check(made.cells, read_roles(tmp_path / "roles.yml"))
    assert report.exit_code == 0 and report["repeated"].outcome == "CONSISTENT"


def test_without_errors_every_row_with_numbers_is_a_coefficient(tmp_path):
    made = drafted(tmp_path, "t.md", "| | (1) |\n|--|--|\n| x | 0.05 |\n| z | 1.5 |\n")
    assert made.columns["table_1/1"]["regressors"] == ["x", "z"] and not made.stars


def test_etable_with_stacked_cells(tmp_path):
    made = drafted(tmp_path, "t.tex", ETABLE)
    cells = found(made)
    assert len(cells) == 10
    assert cells["", "1", "X1", "estimate"] == "-1.000***" and cells["", "2", "X1", "se"] == "0.067"
    assert made.columns["table_1/2"]["fixed"] == ["f1"]
    assert made.columns["table_1/1"]["intercept"] == "Intercept"


def test_html_with_merged_headings_and_decimal_commas(tmp_path):
    made = drafted(tmp_path, "t.html", HTML)
    assert found(made) == {
        ("", "1", "log y", "estimate"): "0.123**",
        ("", "2", "log y", "estimate"): "1234.567",
        ("", "1", "log y", "se"): "0.061",
        ("", "2", "log y", "se"): "12.5",
        ("", "1", "model", "n"): "10800",
        ("", "2", "model", "n"): "782",
        ("", "1", "model", "r2"): "0.829",
        ("", "2", "model", "r2"): "0.828",
    }
    assert any("commas are read as decimal points" in note for note in made.notes)


def test_markdown_with_panels_marks_and_unreadable_cells(tmp_path):
    made = drafted(tmp_path, "t.md", MARKDOWN)
    cells = found(made)
    assert cells["_panel_a", "1", "educ", "se"] == cells["_panel_a", "2", "educ", "se"] == "0.007"
    assert cells["_panel_a", "2", "educ", "estimate"] == "-0.084***"
    assert cells["_panel_a", "1", "model", "n"] == cells["_panel_a", "2", "model", "n"] == "12345"
    assert cells["_panel_b", "2", "educ", "estimate"] == "0.08"
    assert cells["_panel_b", "1", "model", "r2"] == "0.186"
    notes = "\n".join(made.notes)
    assert "age: could not read '1.234,5'" in notes  # neither a thousand nor a decimal: not guessed
    assert "mark 'a' left out" in notes and "mark '†' left out" in notes


def test_summary_statistics(tmp_path):
    made = drafted(
        tmp_path, "t.csv", 'Variable,N,Mean,Std. Dev.\nwage,"1,526",5.90,3.69\nage,1526,x,1\n'
    )
    assert made.summary == "table_1/main"
    assert found(made)["", "main", "wage", "n"] == "1526"
    assert found(made)["", "main", "wage", "sd"] == "3.69"
    assert made.notes[0] == "table_1, age, mean: could not read 'x'"


@pytest.mark.parametrize(
    ("brackets", "cell", "statistics"),
    [
        ("t", "(2.41)", {"t"}),
        ("p", "[0.016]", {"p"}),
        ("ci", "[0.01, 0.09]", {"ci_low", "ci_high"}),
    ],
)
def test_what_stands_in_brackets_is_declared(tmp_path, brackets, cell, statistics):
    made = drafted(
        tmp_path, "t.md", f"| | (1) |\n|--|--|\n| x | 0.05 |\n| | {cell} |\n", brackets=brackets
    )
    assert {c.statistic for c in made.cells} == {"estimate"} | statistics
    wrong = drafted(tmp_path, "u.md", "| | (1) |\n|--|--|\n| x | 0.05 |\n| | (0.01, 0.09) |\n")
    assert any("could not read '(0.01, 0.09)'" in note for note in wrong.notes)


def word(path, body):
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", body.replace("SPACE", space))


def test_word(tmp_path):
    def cell(text, span=""):
        return f"<w:tc><w:tcPr>{span}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"

    rows = [
        ["", "(1)", "(2)"],
        ["x", "0.10**", "0.20"],
        ["", "(0.04)", "(0.20)"],
        ["N", "100", "90"],
    ]
    lines = "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in rows)
    span = '<w:gridSpan w:val="2"/>'
    title = f"<w:tr>{cell('')}{cell('Wages', span)}</w:tr>"
    word(tmp_path / "t.docx", f"<w:document SPACE><w:tbl>{title}{lines}</w:tbl></w:document>")
    made = draft(read_grids(tmp_path / "t.docx"))
    assert found(made)["", "2", "x", "se"] == "0.20" and len(made.cells) == 6


def test_excel_keeps_the_decimals_that_are_shown(tmp_path):
    book = openpyxl.Workbook()
    for row in ([None, "(1)"], ["x", 0.1], [None, "(0.040)"], ["N", 100]):
        book.active.append(row)
    book.active["B2"].number_format = "0.000"
    book.save(tmp_path / "t.xlsx")
    made = draft(read_grids(tmp_path / "t.xlsx"))
    assert found(made)["", "1", "x", "estimate"] == "0.100"


def hostile(tmp_path):
    """Files that must be refused: path and a word of the reason."""
    bomb = '<!DOCTYPE d [<!ENTITY a "aaaa">]><w:document SPACE><w:tbl>&a;</w:tbl></w:document>'
    word(tmp_path / "bomb.docx", bomb)
    with zipfile.ZipFile(tmp_path / "large.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 60_000_000)
    book = openpyxl.Workbook()
    book.active.append(["x", "=1+1"])
    book.save(tmp_path / "formula.xlsx")
    (tmp_path / "broken.docx").write_bytes(b"no archive")
    (tmp_path / "latin.csv").write_bytes("é,1".encode("latin-1"))
    (tmp_path / "huge.csv").write_text("1" * 5_000_001)
    (tmp_path / "none.tex").write_text("no table")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF")
    return {"bomb.docx": "entities", "large.docx": "unpacks", "formula.xlsx": "formula",
            "broken.docx": "cannot be opened", "latin.csv": "UTF-8", "huge.csv": "larger",
            "none.tex": "no table", "scan.pdf": "not one of", "absent.tex": "No such"}  # fmt: skip


def far(sheet):
    sheet["A1"], sheet["XFD1048576"] = "x", 1


def more_hostile(tmp_path):
    """As above: what parsers choke on, or what would take hours or the whole memory."""
    word(tmp_path / "crc.docx", "<w:document SPACE/>")
    content = (tmp_path / "crc.docx").read_bytes()
    (tmp_path / "crc.docx").write_bytes(content.replace(b"<w:doc", b"<x:doc"))
    span = '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="x"/></w:tcPr></w:tc></w:tr></w:tbl>'
    word(tmp_path / "span.docx", f"<w:document SPACE>{span}</w:document>")
    book = openpyxl.Workbook()
    far(book.active)
    book.save(tmp_path / "far.xlsx")
    for name in ("folder.csv", "folder.xlsx", "folder.docx"):
        (tmp_path / name).mkdir()
    cell, table = "x" * 140_000, r"\begin{tabular}{lc} "
    texts = {
        "cell.csv": f"{HEAD}t,1,{cell},se,0.1,1,\n", "wide.csv": f"x,1\n{cell}\n", "head.csv": HEAD,
        "digits.csv": f"{HEAD}t,1,model,n,{'9' * 400},0,\n", "excel.csv": HEAD.replace(",", ";"),
        "one.csv": "x\n0.1\n", "twice.csv": HEAD.replace("stars", "row"),
        "deep.html": "<table><tr><td>" * 20_000,
        "span.tex": rf"{table}\multicolumn{{{'9' * 5000}}}{{c}}{{x}} & 1 \\ \end{{tabular}}",
        "open.tex": table * 100_000,
        "many.tex": table + r"\makecell{1 \\ 2} & " * 20_000 + r"\end{tabular}",
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {"crc.docx": "cannot be opened", "span.docx": "cannot be opened", "far.xlsx": "far from",
            "folder.csv": "directory", "folder.xlsx": "directory", "folder.docx": "directory",
            "cell.csv": "line 2: cannot be read", "wide.csv": "line 2: cannot be read",
            "head.csv": "no number", "digits.csv": "is no number", "excel.csv": "write exhibit,",
            "one.csv": "numbers stand right of", "twice.csv": "not one column row",
            "deep.html": "keep the tables only",
            "span.tex": "cannot be opened", "open.tex": "no table",
            "many.tex": "columns"}  # fmt: skip


def test_a_workbook_is_closed_even_if_it_is_refused(tmp_path):
    hostile(tmp_path)
    with pytest.raises(InputError, match="formula") as kept:  # its frames stay alive
        read_grids(tmp_path / "formula.xlsx")
    assert kept.tb is not None
    descriptors = Path("/proc/self/fd")
    if descriptors.exists():  # Linux: nothing of this process still holds the file
        assert not [
            d for d in descriptors.iterdir() if d.exists() and d.resolve().parent == tmp_path
        ]


def test_hostile_and_useless_files_are_refused_in_one_line(tmp_path, capsys):
    for name, reason in (hostile(tmp_path) | more_hostile(tmp_path)).items():
        assert main(["check", str(tmp_path / name)]) == 2, name
        told = capsys.readouterr().err
        assert reason in told and name in told and told.count("\n") == 1, told


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("table_1,1,x,estimate,−0.1,1,", "line 2: printed '−0.1' is no number"),
        ("table_1,1,x,estimate,,0,", "printed '' is no number"),
        ("table_1,1,x,estimate,0.10,1,", "has not 1 decimals"),
        ("table_1,1,x,estimate,0.1,1,**", "stars '**' is no count"),
        ("table_1,1,x,se,0.1,1,\ntable_1,1,x,se,0.2,1,", "line 3: table_1 1 x se stands above"),
        ("table_1,1,x,estimate,1e5,0,", "is no number"),
    ],
)
def test_bad_cells_name_line_value_and_remedy(tmp_path, line, reason):
    (tmp_path / "cells.csv").write_text(HEAD + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"(?s).*{reason.replace('*', '[*]')}"):
        read_cells(tmp_path / "cells.csv")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("paper: [", "not YAML"),
        ("- a", "not a mapping"),
        ("colums: {}", "did you mean columns?"),
        ("columns: 3", "not a mapping"),
        ("columns: {table_1/1: {outcom: y}}", "did you mean outcome?"),
        ("columns: {table_9/1: {}}", "no cell has the column table_9/1"),
        ("splits: {a: {whole: table_1/1, parts: [table_1/2]}}", "columns does not declare it"),
        ("claims: [{cell: table_1/9/x, says: '0.1'}]", "Table 1 (9) x estimate is needed"),
        (
            "columns: {table_1/1: {}}\nsplits: {a: {whole: table_1/1, parts: [table_1/1]}}",
            "a role lacks its 'regressors'",
        ),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
        ("paper: " + "[" * 1000, "not YAML"),
        ("paper: 2020-99-99", "not YAML"),
        ("", "None is not a mapping"),
        ("columns: {table_1/1: {clusters: many}}", "clusters is 'many', not a number"),
        ("columns: {table_1/1: {regressors: 5}}", "regressors is 5, not a list"),
        ("splits: {a: 3}", "not what its key takes"),
        ("sets: {a: 3}\ncolumns: {table_1/1: {regressors: [a]}}", "not what its key takes"),
        ("panel: {units: many, first: 1, last: 2}\nperiods: {x: [1, 2]}", "not what its key takes"),
    ],
)
def test_bad_roles_say_what_to_write(tmp_path, text, reason):
    (tmp_path / "roles.yml").write_text(text, encoding="utf-8")
    (tmp_path / "cells.csv").write_text(f"{HEAD}table_1,1,x,estimate,0.1,1,\n")
    with pytest.raises(InputError) as error:
        check(read_cells(tmp_path / "cells.csv"), read_roles(tmp_path / "roles.yml"))
    assert reason in str(error.value)


def test_a_check_that_lacks_a_number_says_which(tmp_path):
    roles = yaml.safe_load((PUBLISHED / "roles.yml").read_text(encoding="utf-8"))
    cells = [c for c in read_cells(PUBLISHED / "cells.csv") if c[:3] != ("table_3", "2", "did")]
    roles["claims"] = [c for c in roles["claims"] if not c["cell"].startswith("table_3/2")]
    lacking = check(cells, roles)["iv_scale_ruggedness"]
    assert lacking.outcome == "NOT_TESTABLE"
    assert lacking.arithmetic == "needs Table 3 (2) did estimate, which is not printed"


def test_a_part_without_its_fit_leaves_one_check_open():
    roles = yaml.safe_load((PUBLISHED / "roles.yml").read_text(encoding="utf-8"))
    lacking = ("table_6", "3", "model", "r2")
    cells = [c for c in read_cells(PUBLISHED / "cells.csv") if c[:4] != lacking]
    report = check(cells, roles)
    assert report["parts_r2_region"].outcome == "NOT_TESTABLE"
    assert report.counts["NOT_TESTABLE"] == 1


def test_init_then_check(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t.tex").write_text(ESTOUT, encoding="utf-8")
    assert main(["init", "t.tex", "--out", "made"]) == 0
    assert "14 numbers read" in capsys.readouterr().out
    assert main(["init", "t.tex", "--out", "made"]) == 2  # nothing is replaced
    assert "exists" in capsys.readouterr().err
    roles = Path("made/roles.yml")
    assert "stars:" not in roles.read_text()  # the legend names two levels, the table has three
    assert roles.read_text().startswith("# table_1, column 1: headed 'lwage'")
    assert main(["check", "made/cells.csv", "--roles", str(roles)]) == 0
    assert "Stars and t ratios" in capsys.readouterr().out
    assert main(["check", "t.tex"]) == 0  # without a draft on disk
    wrong = ESTOUT.replace(r"0.092\sym{***}", r"0.092\sym{*}")
    Path("t.tex").write_text(wrong, encoding="utf-8")
    assert main(["check", "t.tex", "--junit", "junit.xml"]) == 1
    assert 'failures="1"' in Path("junit.xml").read_text()


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (["check", "cells.csv", "--junit", "none/junit.xml"], "none/junit.xml: No such"),
        (["check", "cells.csv", "--junit", "."], ".: Is a directory"),
        (["init", "t.md", "--out", "t.md"], "t.md: File exists"),
        (["init", "t.md", "--out", "t.md/below"], "t.md/below: Not a directory"),
        (["check", "cells.csv", "--roles", "none.yml"], "none.yml: No such"),
        (["check", "cells.csv", "--roles", "."], ".: Is a directory"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_read_or_written_is_bad_input(
    tmp_path, capsys, monkeypatch, command, named
):
    monkeypatch.chdir(tmp_path)
    Path("cells.csv").write_text(f"{HEAD}t,1,x,estimate,0.1,1,\n")
    Path("t.md").write_text("| | (1) |\n|--|--|\n| x | 0.10 |\n")
    assert main(command) == 2
    told = capsys.readouterr().err
    assert named in told and "; name " in told and told.count("\n") == 1


def test_init_writes_both_files_or_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t.md").write_text("| | (1) |\n|--|--|\n| x | 0.10 |\n")
    Path("roles.yml").write_text("mine")
    assert main(["init", "t.md"]) == 2 and not Path("cells.csv").exists()


@pytest.mark.slow
@pytest.mark.parametrize("end", ["> /dev/full", "| true", ">&-"])
def test_a_closed_or_full_output_ends_without_a_traceback(tmp_path, end):
    (tmp_path / "cells.csv").write_text(f"{HEAD}t,1,x,estimate,0.1,1,\n")
    code = f"{sys.executable} -m printcheck check {tmp_path / 'cells.csv'} --format json {end}"
    told = subprocess.run(code, shell=True, capture_output=True, text=True, check=False).stderr
    assert "Traceback" not in told and "Exception" not in told and told.count("\n") < 2


def test_what_would_steer_a_terminal_is_taken_off(tmp_path):
    rows = "t,1,\x1b[31mx\u2028y\u200b,estimate,0.10,2,1\n"
    (tmp_path / "cells.csv").write_text(HEAD + rows, encoding="utf-8")
    assert read_cells(tmp_path / "cells.csv")[0].row == "[31mx y"
    made = drafted(tmp_path, "t.md", "| | (1) |\n|--|--|\n| \x1b[31mx | 0.1\u200b0 |\n")
    assert found(made) == {("", "1", "[31mx", "estimate"): "0.10"}


def test_a_table_inside_a_cell_is_that_cell_and_ends_no_table(tmp_path):
    stacked = r"\begin{tabular}{@{}c@{}} 0.1 \\ (0.05) \end{tabular}"
    body = rf"\begin{{tabular}}{{lc}} & (1) \\ x & {stacked} \\ N & 100 \\ \end{{tabular}}"
    assert found(drafted(tmp_path, "t.tex", body)) == {
        ("", "1", "x", "estimate"): "0.1",
        ("", "1", "x", "se"): "0.05",
        ("", "1", "model", "n"): "100",
    }


def test_a_cell_that_a_spreadsheet_would_run_is_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t.md").write_text("| | (1) |\n|--|--|\n| =cmd() | 0.10 |\n| | (0.01) |\n")
    assert main(["init", "t.md"]) == 0
    assert ",'=cmd()," in Path("cells.csv").read_text()


FORMATS = ("text", "markdown", "html", "json")


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_names_every_finding(kind, capsys):
    paths = [str(PUBLISHED / name) for name in ("cells.csv", "roles.yml")]
    assert main(["check", paths[0], "--roles", paths[1], "--format", kind]) == 1
    told = capsys.readouterr().out
    report = check(read_cells(Path(paths[0])), read_roles(Path(paths[1])))
    if kind == "json":
        schema = Path(printcheck.__file__).with_name("report.schema.json")
        validate(json.loads(told), json.loads(schema.read_text()))
        assert [item["id"] for item in json.loads(told)["items"]] == [i.id for i in report.items]
    else:
        told = html.unescape(told)
        for item in report.items:
            assert explanations()[item.check]["title"].split("²")[0].split(" (")[0] in told
    assert "\033" not in told  # no colours where nobody looks


def test_text_from_a_table_is_text_in_every_format():
    rows = [("estimate", "0.10", 2, 1), ("se", "0.01", 2, None)]
    cells = [printcheck.Cell("t", "1", "<b>*x*|</b>", s, v, d, n) for s, v, d, n in rows]
    report = check(cells)
    assert "<b>" not in report.html() and "&lt;b&gt;" in report.html()
    assert "\\<b\\>\\*x\\*\\|" in report.markdown()
    assert "<b>" not in report.junit()


def test_explain_knows_every_check_and_no_other(capsys):
    assert main(["explain"]) == 0
    listed = capsys.readouterr().out
    source = Path(printcheck.__file__).with_name("engine.py").read_text(encoding="utf-8")
    for name, words in explanations().items():
        assert f'"{name}"' in source and f"{name}: " in listed
        assert {"title", "needs", "assumption", "arithmetic", "answer"} == set(words)
    assert main(["explain", "plane"]) == 0 and "passes through" in capsys.readouterr().out
    assert main(["explain", "nothing"]) == 2


def test_explain_roles_names_every_key_that_a_roles_file_may_have(capsys):
    assert main(["explain", "roles"]) == 0
    told = capsys.readouterr().out
    for part, keys in role_keys().items():
        assert f"Keys of a {part}:" in told
        for name, (kind, says) in keys.items():
            assert f"  {name}: {says} ({kind})\n" in told
    roles = yaml.safe_load((PUBLISHED / "roles.yml").read_text(encoding="utf-8"))
    assert roles.keys() <= role_keys()["file"].keys()


@pytest.mark.slow
def test_ten_thousand_rows_are_read_and_checked(tmp_path):
    lines = "".join(f"| x{i} | 0.10*** |\n| | (0.01) |\n" for i in range(5000))
    start = time.process_time()
    made = drafted(tmp_path, "t.md", "| | (1) |\n|--|--|\n" + lines)
    assert len(made.cells) == 10_000 and check(made.cells).exit_code == 0
    assert time.process_time() - start < 20  # not the square of it


def test_neither_pandas_nor_pyfixest_is_loaded():
    code = "import printcheck.__main__, printcheck.drafts, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"pandas", "openpyxl", "pyfixest", "scipy.optimize"} & set(loaded.stdout.split())


@pytest.mark.parametrize(
    ("text", "found", "told"),
    [
        (",(1),,(2),\na,0.1,**,0.4,***\n,(0.05),,(0.1),\n", {("1", 2), ("2", 3)}, ""),
        (",(1),(2)\na,0.1,0.4,0.9\n,(0.05),(0.1),(0.2)\n", {("1", None), ("2", None)}, "0.9"),
        (",(1),(1)\na,0.1,0.4\n,(0.05),(0.1)\n", {("1", None), ("1b", None)}, "1b"),
    ],
    ids=["stars in a column of their own", "a column without a mark", "a mark twice"],
)  # fmt: skip
def test_no_number_goes_unsaid(tmp_path, text, found, told):
    made = drafted(tmp_path, "t.csv", text)
    estimates = [(c.column, c.stars) for c in made.cells if c.statistic == "estimate"]
    assert {*estimates} == found and len(estimates) == len(found)
    assert told in " ".join(made.notes)

# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# ```{rst-class} language-zh-hans
# ```
#
# # 中文摘要
#
# 本页概述全书，页中数字均在生成本书时由程序算出。[(A summary of this book in Chinese.)]{.language-en}

# %% tags=["parameters", "remove-input"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
RESULTS = "../build/results"  # where the results of the other chapters lie

# %% tags=["remove-input"]
import re
from dataclasses import replace

import pandas as pd

import clustergap as cg
from bookkit import ledger, provenance
from bookkit.display import prose
from bookkit.page import Page
from clustergap.disclosure import MIN_CELL_COUNTIES
from clustergap.requirements import results_at
from printcheck import verdicts

study = cg.load(DATA)

# %% tags=["remove-input"]
SOURCE = "论文；合成面板" if study.synthetic else f"论文；{study.source}"
page = Page("96_zh_summary", study, SOURCE)


def in_chinese(shown):
    """Set the source line of a table by the rules of Chinese typesetting."""
    words = shown.markdown.replace("*Source:* ", "来源：")
    return replace(shown, markdown=words.replace(". <a", "。<a", 1))


prose(
    f""":::{{admonition}} 合成数据
:class: synthetic

本页的县级数字是虚构的：数据由程序生成，并校准到论文报告的数字。因此，与论文一致只说明校准与各章所作的回归相同，
**不构成支持论文结论的任何证据**。数据指纹：`{study.fingerprint}`。
:::"""
    if study.synthetic
    else f""":::{{admonition}} 县级数据
:class: real-data

本页关于县的结果由您提供的县级数据表计算得出。数据指纹：`{study.fingerprint}`。
:::"""
)

# %% tags=["remove-cell"]
cells, text = ledger.published(), ledger.published_text()
printed = cells.set_index(["exhibit", "column", "row", "statistic"])[
    "printed"
]
said = text.set_index("key")["printed"]


def effect(table, column):
    """Coefficient of the policy, as printed, with a true minus."""
    words = printed[f"table_{table}", column, "did", "estimate"]
    return words.replace("-", "−")


page.tell(
    panel_is="县级面板是合成的" if study.synthetic else "是您自己的县级数据",
    real_are="真实的只有公开统计与官方名单，以及对论文数字的核查"
    if study.synthetic
    else "与这些数据无关的是公开统计与官方名单，以及对论文数字的核查",
    answers_are="在合成面板上，它们的答案只是一次抽取的产物"
    if study.synthetic
    else "在您的数据上，它们的答案见各章",
    said_counties=f"{int(said['counties_data']):,}",
    said_first=said["first_year_data"],
    said_last=said["last_year_data"],
    policy_year=said["policy_approval_year"],
    clusters_total=said["clusters_total"],
    clusters_year=said["clusters_total_year"],
    mean_gap=printed["table_1", "main", "gap", "mean"],
    baseline=effect(2, "3"),
    baseline_size=effect(2, "3").removeprefix("−"),
    level=said["significance_table_2_column_3"],
    iv=effect(3, "2"),
    high_value=effect(6, "1"),
    grain=effect(6, "2"),
    eastern=effect(6, "3"),
    western=effect(6, "4"),
    high_finance=effect(6, "5"),
    low_finance=effect(6, "6"),
)

# %% [markdown]
# ## 论文问什么，发现了什么
#
# 自 {glue:text}`policy_year` 年起，农业农村部与财政部逐批支持建设{term}`优势特色产业集群`：把地域相连、
# 已有较强优势农产品的县组织起来，补齐加工、流通与品牌等环节。截至 {glue:text}`clusters_year` 年，
# 全国共批准 {glue:text}`clusters_total` 个集群。李等人的论文（见{doc}`参考文献 <references>`）要回答的问题是：与没有入选的县相比，
# 入选县的{term}`城乡收入差距`是否缩小得更多？
#
# 论文用 {glue:text}`said_first` 至 {glue:text}`said_last` 年 {glue:text}`said_counties` 个县的面板，
# 以{term}`泰尔指数`度量差距，采用多期（交错）{term}`双重差分法`，控制县与年份的{term}`双向固定效应`。
# 其主要结论如下。
#
# - **基准结果。** 入选集群后泰尔指数下降，系数为 {glue:text}`baseline`（样本均值为 {glue:text}`mean_gap`），
#   在 {glue:text}`level`% 水平上显著；以地形起伏度与时间趋势之积作为{term}`工具变量`，
#   估计值为 {glue:text}`iv`。
# - **作用机制。** 集群提高了农业机械化水平，带来更多的辅助性企业与加工企业，也增加了地理标志农产品。
#   论文据此认为，集群通过技术、产业链与品牌三条渠道起作用。
# - **异质性。** 粮食类集群的效应（{glue:text}`grain`）大于高价值农产品集群（{glue:text}`high_value`），
#   东部（{glue:text}`eastern`）大于中西部（{glue:text}`western`），
#   金融发展水平较高的样本（{glue:text}`high_finance`）大于较低的样本（{glue:text}`low_finance`）。
#
# 以上均为论文报告的数字，不代表本书的判断。
#
# ## 这本书是什么
#
# 这是一份“文学式编程”的复现：各章与论文各节对应，公开的 Python 代码就写在结果上方，读者可以改动任何一个公式再运行。
# 但论文的县级数据没有公开，所以**各章所用的{glue:text}`panel_is`**；{glue:text}`real_are`（见{doc}`哪些是真实的 <00_what_is_real>`）。
# 本书把三个常被混为一谈的问题分开：
#
# - {term}`复现一致度`（fidelity，指代码能否算出论文报告的数字）：见{doc}`复现对照 <80_scoreboard>`。
# - 稳健性：换用其他合理的设定与估计量，结论是否仍然成立？见{doc}`设定曲线 <07_5_specification_curve>`
#   与{doc}`交错处理 <07_1_staggered>`。
# - 可信度：即使数据完美，这一设计能否回答所提的问题？见{doc}`数字核查 <90_audit>`。
#
# 术语的中英对照见{doc}`术语表 <glossary>`，变量的中文名称与单位见{doc}`变量手册 <_generated/codebook>`。

# %% tags=["remove-input"]
synthetic_words = """## 一致不等于证据

论文使用的县级数据没有公开。本书所附的县级面板是{term}`合成数据`：它由程序生成，再校准到论文报告的数字，
其中没有一行描述真实的县。因此，对照表中的“完全一致”只说明代码与校准彼此吻合，
**既不能证明论文正确，也不能说明中国任何一个县的情况**；凡是论文没有报告、由这一面板算出的结果，
都只是方法演示。合成面板如何生成，见{doc}`说明 <91_synthetic_panel>`。"""
own_words = """## 本次构建所用的数据

本次构建使用的是您自己的县级数据，而不是本书所附的{term}`合成数据`。下文与论文的对照因此有了实际含义；
但差异可能来自数据、样本或代码，请先核对{doc}`第三章 <03_data>`中逐步记录的样本变化。"""
prose(synthetic_words if study.synthetic else own_words)

# %% [markdown]
# ## 如何运行
#
# 两条命令即可（需要 `Python 3.11`、`3.12` 或 `3.13`；首次运行会自动建立环境）：
#
# ```sh
# make book   # 重新计算并生成全书
# make test   # 运行全部测试
# ```
#
# 生成的网页不需要联网。每章页首的下载按钮提供该章的笔记本，可在 JupyterLab 中打开、修改和重新运行。
#
# ## 与论文数字的对照

# %% tags=["remove-input"]
VERDICTS = {
    "exact": "完全一致",
    "within_rounding_of_inputs": "舍入误差内",
    "within_one_se": "一个标准误内",
    "same_sign": "仅符号相同",
    "different": "不一致",
    "not_run": "未比较",
    "printed": "合计",
}
comparison = provenance.with_provenance(
    verdicts.compare(ledger.read_records(RESULTS), cells, text)
)
summary = verdicts.summarise(comparison)
shown = page.table(
    summary.loc[:, (summary > 0).any()]
    .rename(columns=VERDICTS)
    .rename(index=lambda e: "正文" if e == "text" else f"表\u00a0{e[-1]}")
    .rename_axis("出处")
    .astype(str),
    name="tbl-zh-scoreboard",
    caption="论文报告的数字与本书计算结果的对照",
)
in_chinese(shown)

# %% tags=["remove-cell"]
in_tables = comparison[comparison["exhibit"] != "text"]["verdict"]
in_text = comparison[comparison["exhibit"] == "text"]["verdict"]
page.tell(
    numbers=len(comparison),
    verified=provenance.verified(comparison).sum(),
    cells=len(in_tables),
    cells_exact=int((in_tables == "exact").sum()),
    text=len(in_text),
    text_exact=int((in_text == "exact").sum()),
    different=int((comparison["verdict"] == "different").sum()),
    not_run=int((comparison["verdict"] == "not_run").sum()),
)

# %% [markdown]
# **论文共报告 {glue:text}`numbers` 个数字，其中只有 {glue:text}`verified` 个得到独立于论文的公开资料印证**，且没有一个是论文的估计结果。
# 各表共 {glue:text}`cells` 个数字，其中 {glue:text}`cells_exact` 个与论文报告的数字（含星号）完全一致；
# 正文中的 {glue:text}`text` 个数字有 {glue:text}`text_exact` 个完全一致。全部数字中，
# {glue:text}`different` 个不一致，{glue:text}`not_run` 个无从比较，逐条列在{doc}`复现对照 <80_scoreboard>`中。

# %% tags=["remove-input"]
page.words(
    synthetic="按 Dreber 和 Johannesson（2023）的分类，这既不是“计算复现”（原数据、原代码），也不是“重做”（原数据、新代码）、“稳健性复现”（原数据、其他合理分析）或“重复研究”（新数据），"
    "而是**在构造的数据上运行自己的代码**。",
    own="若所用的是作者的原始数据，这属于“重做”（原数据、新代码），第七章则属于“稳健性复现”；若数据由他人另行整理，则属于“重复研究”（新数据）。",
)

# %% [markdown]
# ## 数字核查：仅凭论文报告的数字能看出什么
#
# 检验一篇论文的数字不一定需要数据：报告的数字代表舍入前的一个区间，回归平面必过均值点，分样本的观测数之和应等于全样本。
# {doc}`数字核查 <90_audit>`一章把这类规则用于论文的各表，不使用作者的县级数据，只在两处与真实县的公开数据对照；{doc}`一页摘要 <89_audit_brief>`列出全部发现。

# %% tags=["remove-cell"]
audited = results_at(RESULTS, "audit.json")
audit = {f["id"]: f for f in audited["findings"]}
outcomes = audited["counts"]
USED = {
    "level": "lowest_lo",
    "pair": "ratio_lo ratio_hi sampled_least_lo",
    "table_3_errors": "clustered_f_lo clustered_f_hi",
    "iv_size": "times_lo means_lo",
    "grain": "counties_lo idle_lo idle_hi",
    "percent": "of_mean_lo of_mean_hi",
}
numbers = {
    f"{check}_{name}": audit[check]["numbers"][name[:-3]][name.endswith("hi")]
    for check, names in USED.items()
    for name in names.split()
}
page.tell(
    checks=sum(outcomes.values()),
    holds=outcomes["CONSISTENT"],
    only_if=outcomes["CONSISTENT_ONLY_IF"],
    inconsistent=outcomes["INCONSISTENT"],
    findings=len(audit),
    printed_f=float(printed["table_3", "1", "model", "kleibergen_paap_f"]),
    said_percent=said["reduction_percent"],
    ratio_first=said["income_ratio_2014"],
    ratio_first_year=said["income_ratio_first_year"],
    ratio_last=said["income_ratio_2024"],
    ratio_last_year=said["income_ratio_last_year"],
    **numbers,
)

# %% [markdown]
# {glue:text}`checks` 项检查中，{glue:text}`holds` 项表明论文报告的数字彼此相容（存在与全部数字相符的未舍入值）；{glue:text}`only_if` 项
# 只有在论文没有说明的某个条件成立时才相容；{glue:text}`inconsistent` 项按原文表述不相容。
# 由此得到 {glue:text}`findings` 项发现，最值得作者答复的是以下几点。
#
# - **结果变量的水平。** 按论文的公式，要得到论文报告的均值，城镇居民收入平均至少须为农村居民的
#   {glue:text}`level_lowest_lo:.1f` 倍；而论文引用的全国收入比在 {glue:text}`ratio_first_year` 年为
#   {glue:text}`ratio_first`，{glue:text}`ratio_last_year` 年为 {glue:text}`ratio_last`。
#   两种指数的效应若要相容，仅计舍入误差时收入比更须达到 {glue:text}`pair_ratio_lo:.0f` 至
#   {glue:text}`pair_ratio_hi:.0f`，计入抽样误差时也须达到 {glue:text}`pair_sampled_least_lo:.1f` 以上。一个县的两项收入、两项人口与指数值就足以澄清。
# - **工具变量的强弱。** 论文报告的第一阶段 F 值（{glue:text}`printed_f:.1f`）与未按县聚类的方差相符；
#   若按县聚类，且地形起伏度与入选时间无关、控制变量的解释力很小，则不论各批入选县的比例如何，它都应在 {glue:text}`table_3_errors_clustered_f_lo:.0f` 至
#   {glue:text}`table_3_errors_clustered_f_hi:.0f` 之间。
# - **工具变量估计值的大小。** 它是基准估计值的 {glue:text}`iv_size_times_lo:.0f` 倍以上、
#   结果变量均值的 {glue:text}`iv_size_means_lo:.1f` 倍，而泰尔指数不可能为负。
# - **粮食类样本。** 从样本量推断，这一列似乎不含{term}`从未处理组`，效应只来自先入选与后入选的县之间的比较。
#   但官方名单中粮食类集群不多：若各集群覆盖的县数相近，这一列的 {glue:text}`grain_counties_lo:.0f` 个县中，
#   应有 {glue:text}`grain_idle_lo:.0f` 至 {glue:text}`grain_idle_hi:.0f` 个并无集群。
# - **幅度的表述。** 正文所说的“{glue:text}`said_percent`%”其实是泰尔指数的绝对变化，即泰尔指数下降
#   {glue:text}`baseline_size`，而不是相对变化；相对于均值，效应为 {glue:text}`percent_of_mean_lo:.1f`% 至 {glue:text}`percent_of_mean_hi:.1f`%。

# %% tags=["remove-input"]
FINDINGS = {
    "level": "泰尔指数的均值意味着县内城乡差距极大",
    "pair": "两种指数的效应要相容，收入比须远高于实际",
    "table_3_errors": "工具变量表中两个数字与未聚类的标准误相符",
    "table_2_errors": "基准表前两列的标准误与未聚类的相符",
    "iv_size": "工具变量估计值超过结果变量均值的两倍",
    "grain": "粮食类样本似乎没有从未处理的县",
    "types": "合并估计时，两类集群效应的大小次序颠倒",
    "finance": "金融分样本按县年度观测而非按县划分",
    "regions": "东部与其他地区的年份效应不同",
    "controls": "控制变量可能是政策的结果",
    "percent": "把泰尔指数的点数说成百分数",
    "timing": "文中出现两个样本期，事件时间缺一年",
}
TOUCHES = {
    "measurement": "度量",
    "identification": "识别",
    "inference": "推断",
    "interpretation": "解释",
    "presentation": "表述",
}
STRENGTHS = {
    "certain": "确定",
    "strong": "强",
    "moderate": "中",
    "weak": "弱",
}
COLUMNS = re.compile(r"(?:Tables? )?(\d) \((\d)\)(?:–\((\d)\))?")
PLACES = {
    r" and its note": "、表注",
    r"sections? ([\d.]+(?:(?:, | and )[\d.]+)*)": r"第 \1 节",
    r"Table ": "表 ",
    r"equations (\d) and (\d)": r"式 \1、式 \2",
    r"equation ": "式 ",
    r"note ": "注 ",
    r"abstract": "摘要",
    r",? and |, ": "、",
}


def columns(found):
    """A table of the paper and its columns, in Chinese."""
    table, first, last = found.groups()
    return f"表 {table} 第 {first}{f' 至 {last}' if last else ''} 列"


def place(words):
    """Where in the paper, in Chinese."""
    words = COLUMNS.sub(columns, words)
    for english, chinese in PLACES.items():
        words = re.sub(english, chinese, words)
    return words


shown = page.table(
    pd.DataFrame(
        [
            {
                "发现": f"{n}. {FINDINGS[key]}",
                "出处": place(audit[key]["where"]),
                "证据强度": STRENGTHS[audit[key]["strength"]],
                "涉及方面": TOUCHES[audit[key]["consequence"]],
            }
            for n, key in enumerate(audit, start=1)
        ]
    ),
    name="tbl-zh-audit",
    caption="数字核查的发现，先列结果变量与标准误",
    source="论文的表格与文字，以及官方的集群名单；不使用作者的县级数据",
)
in_chinese(shown)

# %% [markdown]
# 这些发现针对的是数字，而不是任何人；其中多数可能另有合理的解释。{doc}`数字核查 <90_audit>`一章列出全部发现，并逐条写明作者可以怎样答复、怎样即可澄清。
#
# ## 公开数据能说明什么
#
# 部分县的城乡收入比可以从公开统计中得到。{doc}`第五章 <05_1_real_levels>`只用这类真实数据，考察泰尔指数的水平、工具变量以及名单所指明的地区；
# 那里没有一个数字来自合成面板。

# %% tags=["remove-input"]
level, iv_size = audit["level"]["numbers"], audit["iv_size"]["numbers"]
page.say(
    f"在曾列入贫困县名单、城乡差距本来较大的真实县中，泰尔指数平均为 {level['county_mean'][0]:.3f}，而论文报告的均值为 {printed['table_1', 'main', 'gap', 'mean']}。"
    f"地形起伏度高一个标准差，指数每年变化 {iv_size['seen'][0]:.4f} 至 {iv_size['seen'][1]:.4f}（{iv_size['confidence'][0]:.0%} 置信区间），论文两个阶段的数字合起来却意味着 {iv_size['implied'][0]:.4f}。"
    "这些县较贫困，也缺少论文的控制变量，所以这并不能否定论文，只是提出了需要答复的问题。"
    if "county_mean" in level
    else ""
)

# %% [markdown]
# ## 更稳健的设计会问什么
#
# 以下是方法，不是结果：{glue:text}`answers_are`，故本页不列数字。
#
# - **函数形式。** 平行趋势是就指数的点数、其对数，还是收入比而言？两组起点不同而差距又在变动时，在点数上平行，在对数上就不平行。
#   见{doc}`函数形式 <07_a_functional_form>`一章。
# - **交错处理。** 分批实施时，双向固定效应会把已受处理的县当作对照。{doc}`交错处理 <07_1_staggered>`一章改用为此设计的估计量。
# - **平行趋势。** 无法检验的假定可以放宽：允许政策之后的趋势偏离达到政策之前最大变动的若干倍，看估计区间何时包含零；
#   这个倍数即{term}`临界值`。见{doc}`第七章第二节 <07_2_honest>`。
# - **工具变量。** 强工具变量不等于有效的工具变量。若简化式效应中有相当一部分来自集群以外的途径，工具变量估计值就会与普通最小二乘相等；
#   需要多大的一部分，见{doc}`第七章第三节 <07_3_weak_instruments>`。
# - **统计推断。** 相邻的县成组入选，标准误应在哪一层聚类？{doc}`第七章第四节 <07_4_inference>`比较各种算法，包括{term}`野聚类自助法`。
# - **收入的哪一端在变。** 论文没有问差距缩小是因为农村居民收入上升、城镇居民收入下降，还是人口流动。
#   {doc}`作用机制 <04_5_mechanisms>`一章分别以两项收入的对数与城镇人口比重为结果重做基准回归。
# - **与从未处理组比较。** {doc}`异质性 <04_6_heterogeneity>`一章让粮食类与高价值农产品集群都与从未处理组比较，
#   而不只是与先后入选的县比较。
# - **设定曲线。** {doc}`第七章第五节 <07_5_specification_curve>`把所有合理的设定排成一条曲线，看结论取决于哪些选择，并检验每个双向固定效应设定在政策之前的系数。
#
# 无论数据如何，这些方法都不能替代论证：与政策同时、在同样的县发生的其他变化，任何统计量都无法排除；
# 控制变量若本身受政策影响，控制它们就改变了所估计的对象。
#
# ## 使用自己的数据
#
# 把县域统计年鉴、集群覆盖县名单等六张原始表放进一个文件夹：
#
# ```sh
# make check-data DATA=文件夹   # 几秒钟：哪些可用、哪些有误、哪些会被剔除
# make book       DATA=文件夹   # 用这些数据重新生成全书
# ```
#
# 表头可以是中文，文件可以是 CSV、Excel 或 Stata，编码可以是 UTF-8 或 GB18030；
# 可识别的表头与单位见{doc}`变量手册 <_generated/codebook>`。
# 程序不猜测、不插补，读入时的每一处改动和剔除的每一行都有记录；含糊之处会提出问题，并告诉您应在 `mapping.yml` 中写哪一行。
# 数据不会离开您的计算机。

# %% tags=["remove-cell"]
page.tell(least=MIN_CELL_COUNTIES)

# %% [markdown]
# 为保护数据，用自己的数据生成的书中，少于 {glue:text}`least` 个县的计数不予显示。
# 若某张表缺失，相应章节会在需要它之处结束，并说明原因。

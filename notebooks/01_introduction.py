# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1 Introduction
#
# In China people in town earn more than twice as much as people in the country. Is that gap closing?
# The answer depends on how one measures it, and this chapter begins there, with real
# national figures. Then it states the question of the paper, and what this book adds.

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import seaborn as sns
from exercises.introduction import check_1, check_2, check_3

import clustergap as cg
from bookkit.display import COLOURS
from bookkit.page import Page

SOURCE = "National Bureau of Statistics of China"
page = Page("01_introduction", source=SOURCE)

# %% [markdown]
# ## Two readings of one gap
#
# The National Bureau of Statistics publishes the {term}`disposable income` of the average urban and
# the average rural resident. Divide one by the other, and you have the *relative* gap, the {term}`income ratio`;
# subtract, and you have the *absolute* one.

# %%
national = cg.load_official("national_income").set_index("year")
urban, rural = national["urban_income_yuan"], national["rural_income_yuan"]
relative = urban / rural
absolute = urban - rural

# %% tags=["remove-cell"]
first, last = int(national.index[0]), int(national.index[-1])
rate = national.filter(like="income").agg(
    lambda v: (v[last] / v[first]) ** (1 / (last - first)) - 1
)
page.tell(
    first_year=first,
    last_year=last,
    ratio_first=relative[first],
    ratio_last=relative[last],
    yuan_first=absolute[first],
    yuan_last=absolute[last],
    growth_urban=rate["urban_income_yuan"],
    growth_rural=rate["rural_income_yuan"],
)
page.record(
    income_ratio_first_year=first,
    income_ratio_last_year=last,
    income_ratio_2014=relative[2014],
    income_ratio_2024=relative[2024],
    income_gap_2014=absolute[2014],
    income_gap_2024=absolute[2024],
)

# %% tags=["hide-input"]
two = {
    "Urban income over rural income": (relative, "ratio", (2.2, 2.9)),
    "Urban income minus rural income": (
        absolute / 1000,
        "thousand yuan",
        (15, 35),
    ),
}
fig, axes = plt.subplots(1, 2, figsize=(6.3, 2.9))
for axis, colour, (title, (line, unit, limits)) in zip(
    axes, sns.color_palette(), two.items(), strict=False
):
    sns.lineplot(line, marker="o", color=colour, ax=axis)
    axis.axvline(2020, color=COLOURS["grey"], linewidth=0.8, linestyle=":")
    for year, height in line.iloc[[0, -1]].items():
        axis.annotate(
            f"{height:.{2 if line is relative else 1}f}",
            (year, height),
            (0, 7 if height == line.max() else -15),
            textcoords="offset points",
            ha="center",
        )
    axis.set(title=title, xlabel="", ylabel=unit, ylim=limits)
    axis.set_xticks(range(first, last + 1, 5))
    axis.locator_params(axis="y", nbins=5)
    axis.margins(x=0.12)
axes[0].annotate("first clusters", (2020.1, 2.85))
page.figure(
    fig,
    name="fig-national-gap",
    caption="Since 2014 the relative gap has narrowed while the absolute gap has widened.",
    alt="Two line charts. Left: the urban to rural income ratio falls every year. "
    "Right: the difference in yuan rises every year.",
)

# %% [markdown]
# {numref}`fig-national-gap` shows why both readings are in use. Between
# {glue:text}`first_year` and {glue:text}`last_year` the ratio fell from
# {glue:text}`ratio_first:.2f` to {glue:text}`ratio_last:.2f`, because rural incomes grew faster
# ({glue:text}`growth_rural:.1%` a year against {glue:text}`growth_urban:.1%`). Yet the
# difference grew from {glue:text}`yuan_first:,.0f` to {glue:text}`yuan_last:,.0f` yuan: here a higher
# growth rate on a small base still adds fewer yuan than a lower rate on a large one. The paper opens
# with these four numbers, and they follow from the public statistics.
#
# Neither number knows how many people live in town and how many in the country. If everyone
# moved to town, the ratio could stay where it is, although nobody would be poor for being
# rural. That is the reason for the indices of {doc}`chapter 3 <03_data>`, which weigh incomes by people.
#
# ## The paper's question, as the paper puts it
#
# **Common prosperity.** The paper {cite:p}`lixuegeng` starts from a goal of Chinese policy: that growth should reach everyone. Incomes polarise
# between town and country, it says with {cite:t}`wan2023`, and although the ratio has come down, the distribution keeps the shape of a
# *pyramid*, with many households at the bottom and few in the middle {cite:p}`li2010`. Raising rural incomes is therefore "the primary task".
#
# **Clusters as a tool.** An *agro-cluster* is a concentration of farming and its trades that creates work and income around one place
# {cite:p}`galveznogales2017`. {cite:t}`otsuka2020` and {cite:t}`dureti2023` see a strategy for development in it, {cite:t}`wardhana2017` a way
# into the value chains of the world. In 2020 China's ministries of agriculture and of finance began to fund *{term}`advantageous and
# characteristic industry clusters <advantageous and characteristic industry cluster>`*: groups of
# neighbouring counties that already grow, say, tea or sorghum on a large scale, and that get support for everything around the crop, from seed
# bases through processing plants to brands. Value that used to be added in cities is to be added near the fields, and work and wages with it.
#
# **What was known.** Clusters link smallholders to the markets where they buy and sell, bring them advice and projects, and let them learn
# {cite:p}`joffre2019,dureti2023`; studies find higher incomes and less poverty in Indonesia and Ethiopia {cite:p}`wardhana2017,tabeojong2023`.
# Single places tell the same story: potatoes in China {cite:p}`zhang2014`, chickens in northern Thailand {cite:p}`khuntonthong2013`.
#
# **What was not.** Two things, says the paper. Higher rural income is not yet a smaller *gap*, for cities may gain as well. And a case study,
# or numbers from one cluster, say little about the next. So it asks of all clusters at once:
#
# > Did the gap between urban and rural incomes narrow in the counties that joined a cluster,
# > compared with counties that did not?
#
# Two questions follow from that one. *By which routes?* The paper looks at farming technology, at a longer chain of firms, and at brands.
# *For whom?* It compares grain with high-value products, which ask the farmer for more skill and money {cite:p}`birthal2020` and
# a way to the market {cite:p}`negi2018`; the East with the rest of the country, where firms can absorb less labour {cite:p}`qi2024`; and
# counties with much and with little credit {cite:p}`sehrawat2016`.
#
# ### What it claims to add
#
# 1. *Data.* A list, compiled by hand, of the counties that each cluster covers, and with it the first estimate for the policy as a whole.
# 2. *The outcome.* Not the income of farmers, nor their employment, but the gap.
# 3. *The whole chain.* The mechanisms are read off an industry's chain from technology to brand, and the effect is split by product, place
#    and finance, for governments that must choose what to support where.
#
# It answers with a panel of more than a thousand counties and a {term}`difference-in-differences` design with three starting years. The
# chapters of this book follow its sections: {doc}`background and hypotheses <02_background>`, {doc}`data and method <03_data>`,
# {doc}`the estimates <04_1_baseline>` with their checks, and {doc}`the conclusions <06_conclusion>`. It has no section 5; this book uses
# the number for what public data say.
#
# ## What this book does
#
# It writes the paper's procedure down in the open: one notebook a section, the regression formulas in plain sight, to be changed and run
# again. **The paper's county data are not public, so the county panel that ships with this book is synthetic**, made so that the printed numbers come out. Which
# of the numbers in the book are real, and what may be concluded from which, is the subject of {doc}`00_what_is_real`.

# %% [markdown]
# ## Exercises
#
# They use the real national incomes of this chapter.

# %% [markdown]
# ### Exercise 1: predict
#
# Suppose that after {glue:text}`last_year` both incomes keep growing at the rates above. The ratio
# goes on falling. But in which year does the gap *in yuan* shrink for the first time? Write down a
# guess before you compute; the answer may surprise you. Store the year in `answer_1`.
#
# <details class="hint"><summary>Hint</summary>
#
# The gap grows as long as the yuan that towns add in a year, $g_u u_t$, exceed those that villages
# add, $g_r r_t$. A loop over years finds the first in which the gap is below that of the year
# before.
#
# </details>

# %% tags=["solution", "hide-cell"]
span = last - first
faster = (rural[last] / rural[first]) ** (1 / span)
slower = (urban[last] / urban[first]) ** (1 / span)
town, country, year = urban[last], rural[last], int(last)
gap_before = 0.0
while town - country > gap_before:
    gap_before = town - country
    town, country, year = town * slower, country * faster, year + 1
answer_1 = year

# %% tags=["check"]
check_1(answer_1, urban, rural)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# A lead of less than two points in growth has to make up for a base that is less than half as
# large: at first towns add almost twice as many yuan a year as villages do. The two additions draw
# level only when $(1+g_r)^n / (1+g_u)^n$ has made up for that, which takes about four decades. “The
# ratio falls” and “the difference rises” can both be true for a working life.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# How fast would rural incomes have had to grow, a year, for the gap in yuan to be the same in
# {glue:text}`last_year` as in {glue:text}`first_year`, with urban incomes as they were? Store the
# rate (0.05 for five per cent) in `answer_2`, and compare it with the actual
# {glue:text}`growth_rural:.1%`.
#
# <details class="hint"><summary>Hint</summary>
#
# Work out first which rural income would have left the gap as it was. Then ask which rate leads
# there in the number of years between.
#
# </details>

# %% tags=["solution", "hide-cell"]
wanted = urban[last] - absolute[first]
answer_2 = float((wanted / rural[first]) ** (1 / (last - first)) - 1)

# %% tags=["check"]
check_2(answer_2, urban, rural)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# To halt the widening in yuan, every yuan gained in town had to be matched in the country, upon a
# much smaller base. That asks for twice the urban rate; to halt the *ratio*, the urban rate itself
# was enough. Which of the two a policy should be judged by is a choice, not a fact.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Compute the gap in yuan as a share of rural income, year by year, as a Series `answer_3`. It
# falls, like the ratio, although its numerator rises. Why can this share never disagree with the
# ratio about the direction?
#
# <details class="hint"><summary>Hint</summary>
#
# Write $(u - r)/r$ in terms of $u/r$.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_3 = absolute / rural

# %% tags=["check"]
check_3(answer_3, urban, rural)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# $(u-r)/r = u/r - 1$: it is the ratio, moved down by one. Two measures disagree only if one is not
# a rising function of the other. The difference in yuan is such a one, because it also depends on
# the *level* of incomes: double both, and it doubles, while ratio and share stay put.
#
# </details>

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
# In China a townsperson earns more than twice what a villager earns. Is that gap closing?
# The answer depends on how one measures it, and this chapter begins there, with real
# national figures. Then it states the question of the paper, and what this book adds.

# %% tags=["parameters"]
# Nothing to set: this chapter uses real national statistics only.

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
from myst_nb import glue

import clustergap as cg
from clustergap import style
from clustergap.ledger import Ledger

style.use_style()
SOURCE = "National Bureau of Statistics of China"

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
first, last = national.index[0], national.index[-1]
glue("first_year", int(first), display=False)
glue("last_year", int(last), display=False)
glue("ratio_first", float(relative[first]), display=False)
glue("ratio_last", float(relative[last]), display=False)
glue("yuan_first", float(absolute[first]), display=False)
glue("yuan_last", float(absolute[last]), display=False)
glue(
    "growth_urban",
    float((urban[last] / urban[first]) ** (1 / (last - first)) - 1),
    display=False,
)
glue(
    "growth_rural",
    float((rural[last] / rural[first]) ** (1 / (last - first)) - 1),
    display=False,
)
years_level = float(absolute[last] / rural[last])
glue("gap_in_rural_incomes", years_level, display=False)

# %% tags=["hide-input"]
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.1))
left.plot(relative.index, relative, marker="o")
left.set(
    title="Urban income over rural income", ylabel="ratio", ylim=(2.2, 2.9)
)
right.plot(
    absolute.index,
    absolute / 1000,
    marker="o",
    color=style.COLOURS["vermillion"],
)
right.set(
    title="Urban income minus rural income",
    ylabel="thousand yuan",
    ylim=(15, 35),
)
style.figure(
    fig,
    name="fig-national-gap",
    caption="Since 2014 the relative gap has narrowed while the absolute gap has widened.",
    alt="Two line charts. Left: the urban to rural income ratio falls every year. "
    "Right: the difference in yuan rises every year.",
    source=SOURCE,
)

# %% tags=["remove-cell"]
book = Ledger("01_introduction", SOURCE)
for year in (2014, 2024):
    book.record_text(f"income_ratio_{year}", relative[year])
    book.record_text(f"income_gap_{year}", absolute[year])
book.record_text("income_ratio_first_year", first)
book.record_text("income_ratio_last_year", last)
book.save()

# %% [markdown]
# {numref}`fig-national-gap` shows why both readings are in use. Between
# {glue:text}`first_year` and {glue:text}`last_year` the ratio fell from
# {glue:text}`ratio_first:.2f` to {glue:text}`ratio_last:.2f`, because rural incomes grew faster
# ({glue:text}`growth_rural:.1%` a year against {glue:text}`growth_urban:.1%`). Yet the
# difference grew from {glue:text}`yuan_first:,.0f` to {glue:text}`yuan_last:,.0f` yuan: a higher
# growth rate on a small base adds fewer yuan than a lower rate on a large one. The paper opens
# with these four numbers, and they follow from the public statistics.
#
# Neither number knows how many people live in town and how many in the country. If everyone
# moved to town, the ratio could stay where it is, although nobody would be poor for being
# rural. That is the reason for the indices of chapter 3, which weigh incomes by people.
#
# ## The policy, and the question
#
# In 2020 the ministries of agriculture and of finance began to fund *{term}`advantageous and
# characteristic industry clusters <advantageous and characteristic industry cluster>`*: groups of neighbouring counties that already grow, say,
# tea or sorghum on a large scale, and that receive support for everything around the crop,
# from seed bases over processing plants to brands. The hope is that value which used to be
# added in cities is now added near the fields, and that the wage bill follows.
#
# {cite:t}`otsuka2020` see such clusters as a strategy for development; studies of single
# places find that they raise rural incomes, from potatoes in China {cite:p}`zhang2014` to
# chickens in Thailand {cite:p}`khuntonthong2013`, and work on Indonesia and Ethiopia links them to lower poverty
# {cite:p}`wardhana2017,tabeojong2023`. Two things are missing, the paper argues. Higher rural
# income is not yet a smaller *gap*, for cities may gain as well. And evidence from one cluster
# says little about the next. So the paper asks of all clusters at once:
#
# > Did the gap between urban and rural incomes narrow in the counties that joined a cluster,
# > compared with counties that did not?
#
# It answers with a panel of more than a thousand counties, a {term}`difference-in-differences` design with three
# starting years, and a story in three links: better farming technology, a longer chain of
# firms, and brands.
#
# ## What this book does
#
# It walks through the paper section by section and computes each table and figure in front of
# you. Each chapter is a notebook; the regression formulas stand in the open, and you can
# change them. Three kinds of numbers appear, and every page says which it uses:
#
# Real public statistics
# : National and provincial incomes, and the list of clusters. What you read from them is about China.
#
# The paper's printed numbers
# : Used for comparison and for the audit, never by an estimator.
#
# A county panel
# : The paper's county data are not public. A program made a stand-in, so that the whole
#   analysis can run: where the head of a page says *synthetic data*, **what comes out is no
#   evidence about China, and agreement with the paper is no evidence for the paper.** Whoever has
#   the real tables can run the same book on them; the head of each page then names them instead.

# %% [markdown]
# ## Exercises
#
# 1. *Predict.* Suppose that from 2024 on both incomes grow at the rates above. In which year
#    does the absolute gap start to shrink? Think first, then compute it.
# 2. *Change.* Plot the gap in yuan as a share of rural income. How does it relate to the
#    ratio, and why can it not disagree with it?

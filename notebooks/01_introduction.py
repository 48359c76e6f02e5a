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
import numpy as np
from myst_nb import glue

import clustergap as cg
from bookkit import display as style
from bookkit.ledger import Ledger
from bookkit.page import export

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
    book.record_number(f"income_ratio_{year}", relative[year])
    book.record_number(f"income_gap_{year}", absolute[year])
book.record_number("income_ratio_first_year", first)
book.record_number("income_ratio_last_year", last)
export(book.file)

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
# ## The policy, and the question
#
# In 2020 the ministries of agriculture and of finance began to fund *{term}`advantageous and
# characteristic industry clusters <advantageous and characteristic industry cluster>`*: groups of neighbouring counties that already grow, say,
# tea or sorghum on a large scale, and that receive support for everything around the crop,
# from seed bases through processing plants to brands. The hope is that value which used to be
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
# starting years, and a story with three channels: better farming technology, a longer chain of
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
# : Used for comparison, for the audit, and to calibrate the county panel that ships with the book;
#   never by an estimator.
#
# A county panel
# : The paper's county data are not public. A program made a stand-in, so that the whole
#   analysis can run: where the head of a page says *synthetic data*, **what comes out is no
#   evidence about China, and agreement with the paper is no evidence for the paper.** Whoever has
#   the real tables can run the same book on them; the head of each page then names them instead.

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

# %% tags=["check", "hide-cell"]
years_on = np.array([-2, -1, 0]) + answer_1 - last
projected = urban[last] * (urban[last] / urban[first]) ** (
    years_on / (last - first)
) - rural[last] * (rural[last] / rural[first]) ** (years_on / (last - first))
assert answer_1 > last, "the year must lie in the future"
assert projected[2] < projected[1], "in that year the gap still grows"
assert projected[1] > projected[0], "it shrank already in the year before"

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

# %% tags=["check", "hide-cell"]
reached = rural[first] * (1 + answer_2) ** (last - first)
missed = (urban[last] - reached) / absolute[first] - 1
assert answer_2 < 1, "give a rate, not a percentage or a factor"
assert abs(missed) < 0.005, (
    f"at that rate the gap in yuan would be {missed:+.1%} off its first value"
)

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

# %% tags=["check", "hide-cell"]
assert list(answer_3.index) == list(national.index), (
    "one value a year, please"
)
assert np.allclose((answer_3 + 1) * rural, urban), (
    "rural income times (1 + share) should give back urban income"
)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# $(u-r)/r = u/r - 1$: it is the ratio, moved down by one. Two measures disagree only if one is not
# a rising function of the other. The difference in yuan is such a one, because it also depends on
# the *level* of incomes: double both, and it doubles, while ratio and share stay put.
#
# </details>

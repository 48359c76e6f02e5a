"""What yearbooks call things: synonyms of headings, units, marks of absence, rows of totals."""

from __future__ import annotations

SYNONYMS: dict[str, tuple[str, ...]] = {
    "county": (
        "行政区划代码", "行政区划码", "行政区代码", "区划代码", "区县代码", "县市代码", "县级代码",
        "县域代码", "地区代码", "县(市)代码", "countycode", "county code", "adcode", "code",
    ),
    "county_name": (
        "县名称", "县域名称", "县(市)名称", "县市", "县市名称", "区县", "区县名称", "地区",
        "地区名称", "县级", "name",
    ),
    "year": ("年", "年度", "统计年份", "统计年度"),
    "population": ("总人口", "常住人口", "年末常住人口", "年末总人口数"),
    "urban_population": ("城镇常住人口", "城镇人口数"),
    "rural_population": ("农村人口", "乡村常住人口", "农村常住人口", "乡村人口数"),
    "registered_population": ("户籍人口数", "年末户籍人口", "户籍总人口", "年末户籍总人口"),
    "urban_income": ("城镇常住居民人均可支配收入", "城镇居民可支配收入", "城镇人均可支配收入"),
    "rural_income": (
        "农村常住居民人均可支配收入", "农村居民可支配收入", "农村人均可支配收入",
    ),
    "gdp": ("生产总值", "国内生产总值", "地区生产总值(gdp)"),
    "secondary_value_added": ("第二产业", "二产增加值"),
    "tertiary_value_added": ("第三产业", "三产增加值"),
    "grain_output": ("粮食产量", "粮食总产"),
    "fiscal_revenue": ("一般公共预算收入", "公共财政收入", "地方财政一般预算收入"),
    "fiscal_expenditure": ("一般公共预算支出", "公共财政支出", "地方财政一般预算支出"),
    "secondary_students": ("普通中学在校生数", "普通中学在校学生", "中学在校学生数"),
    "loans": ("金融机构各项贷款余额", "年末金融机构贷款余额", "各项贷款余额", "年末贷款余额"),
    "telephones": ("固定电话用户数", "本地固定电话用户"),
    "machinery_power": ("农机总动力", "农业机械动力"),
    "batch_year": ("批次", "批复年份", "立项年份", "year"),
    "cluster": ("集群", "集群名称", "产业集群名称"),
    "product": ("主导产品", "产品名称", "主导产业"),
    "cluster_type": ("集群类型", "产业类型"),
    "capaa.year": ("年份", "认定年度", "批次年份"),
    "agro_processing": ("新增农产品加工企业数", "农产品加工企业"),
    "auxiliary": ("新增农林牧渔辅助性企业数", "农林牧渔辅助性企业"),
    "gi_products": ("地理标志农产品数", "地理标志", "地理标志产品数"),
    "ruggedness": ("地势起伏度", "起伏度"),
}  # fmt: skip
"""Column, or table.column, to headings that mean it, beside its name and its two labels."""

LOOKALIKES: dict[str, tuple[str, str]] = {
    "农村居民人均纯收入": ("rural_income", "net income, the concept before 2013"),
    "农民人均纯收入": ("rural_income", "net income, the concept before 2013"),
    "非农业人口": ("urban_population", "by household registration, not by residence"),
    "农业人口": ("rural_population", "by household registration, not by residence"),
    "移动电话用户": ("telephones", "mobile, not fixed lines"),
    "住户储蓄存款余额": ("loans", "deposits, not loans"),
    "在岗职工平均工资": ("urban_income", "wages, not disposable income"),
}
"""Headings that are easily taken for a column and are something else."""

DERIVED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "urban_share": (
        "urban_population", "population",
        ("城镇化率", "常住人口城镇化率", "城镇人口比重", "城镇人口占比"),
    ),
    "secondary_share": (
        "secondary_value_added", "gdp",
        ("第二产业比重", "第二产业占比", "第二产业增加值占gdp比重", "第二产业占gdp比重"),
    ),
    "tertiary_share": (
        "tertiary_value_added", "gdp",
        ("第三产业比重", "第三产业占比", "第三产业增加值占gdp比重", "第三产业占gdp比重"),
    ),
}  # fmt: skip
"""Shares from which a column can be computed: the column, what it is a share of, headings."""

_UNITS = {
    "money": {1: "元 yuan rmb cny", 1e3: "千元", 1e4: "万元 10000yuan 10kyuan", 1e6: "百万元",
              1e7: "千万元", 1e8: "亿元 亿 100millionyuan"},
    "people": {1: "人 persons person", 1e2: "百人", 1e3: "千人", 1e4: "万人 10000persons"},
    "mass": {1: "吨 公吨 t tonnes tons", 1e4: "万吨 10000tonnes", 1e-3: "公斤 千克 kg",
             5e-4: "斤", 0.5: "千斤"},
    "power": {1: "千瓦 kw kilowatts", 1e4: "万千瓦 10000kilowatts 10000kw", 1e3: "兆瓦 mw"},
    "lines": {1: "户 线 部 lines", 1e4: "万户 万线 万部 10000lines"},
    "share": {1: "share 比例 小数", 0.01: "% percent 百分比 百分数"},
}  # fmt: skip
UNITS: dict[str, tuple[str, float]] = {
    word: (kind, float(factor))
    for kind, factors in _UNITS.items()
    for factor, words in factors.items()
    for word in words.split()
}
"""Unit word, without spaces and commas, to its kind and how many basic units it is."""

PLAUSIBLE: dict[str, tuple[str | None, float, float]] = {
    "population": (None, 5e3, 5e6),
    "registered_population": ("population", 0.2, 5),
    "urban_income": (None, 2e3, 4e5),
    "rural_income": (None, 5e2, 2e5),
    "gdp": ("population", 0.05, 100),
    "secondary_value_added": ("gdp", 0.005, 1.01),
    "tertiary_value_added": ("gdp", 0.005, 1.01),
    "grain_output": ("population", 1e-3, 30),
    "fiscal_revenue": ("gdp", 1e-3, 2),
    "fiscal_expenditure": ("gdp", 0.01, 10),
    "secondary_students": ("registered_population", 2e-3, 0.5),
    "loans": ("gdp", 0.01, 20),
    "telephones": ("population", 5e-4, 3),
    "machinery_power": ("rural_population", 0.01, 100),
}
"""Column to another it is divided by, and the range in which a year's median county lies.

The ranges are wide enough for every year since 1990 and too narrow for a factor of 10,000."""

MISSING = frozenset(
    "|-|--|---|—|——|－|–|…|……|...|......|/|.|na|n/a|#n/a|n.a.|nan|null|none|<na>|缺失|缺|无数据|无".split(
        "|"
    )
)
"""Cells, in lower case, that say a value is not known."""

TOTALS = frozenset(
    "合计 总计 小计 共计 全国 全省 全区 全市 全自治区 平均 total sum average subtotal".split()
)
"""Names of rows that are no county."""

CITIES_WITHOUT_COUNTIES = frozenset({"441900", "442000", "460300", "460400", "620200"})
"""Prefecture-level cities with no counties below: Dongguan, Zhongshan, Sansha, Danzhou, Jiayuguan."""

VALUES: dict[str, dict[str, str]] = {
    "cluster_type": dict.fromkeys(("粮食", "粮食类", "粮食作物"), "grain")
    | dict.fromkeys(
        ("高值", "高价值", "高附加值", "高值农产品", "high value", "high-value"), "high_value"
    )
}
"""Words of a text column to the contract's own."""

OPTIONAL: dict[str, str] = {
    "capaa": "the column CAPAA of chapter 4.4 cannot be estimated",
    "registrations": "the mechanisms of chapter 4.5 cannot be estimated",
    "gi_products": "the mechanisms of chapter 4.5 cannot be estimated",
    "terrain": "the instrument of chapter 4.3 is not there",
    "machinery_power": "the mechanisms of chapter 4.5 cannot be estimated",
}
"""Tables and columns that a folder may lack if mapping.yml says so, and what that costs."""

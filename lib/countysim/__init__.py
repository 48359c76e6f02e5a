"""Makes county tables: drawn with a known effect, or calibrated to the paper's numbers."""

from countysim.draw import TREATED, VARIABLES, Truth, income_share_for, simulate, write

__all__ = ["TREATED", "VARIABLES", "Truth", "income_share_for", "simulate", "write"]

# Placebo by refitting with R fixest on one thread. Arguments: panel.csv draws seed.
# Prints the seconds that the draws take.
arguments <- commandArgs(trailingOnly = TRUE)
panel <- read.csv(arguments[1])
draws <- as.integer(arguments[2])
set.seed(as.integer(arguments[3]))
fixest::setFixest_nthreads(1)
controls <- c("pgdp", "pgra", "ind", "serv", "fiscal", "edu", "financial", "com")
formula <- as.formula(paste("gap ~ did +", paste(controls, collapse = " + "), "| county + year"))
counties <- unique(panel$county)
cohort <- panel$cohort[match(counties, panel$county)]
row <- match(panel$county, counties)
fit <- function() {
  dealt <- sample(cohort)[row]
  panel$did <- as.numeric(!is.na(dealt) & panel$year >= dealt)
  model <- fixest::feols(formula, panel, cluster = ~county)
  c(coef(model)["did"], fixest::se(model)["did"])
}
invisible(fit())
started <- proc.time()[["elapsed"]]
invisible(replicate(draws, fit()))
cat(proc.time()[["elapsed"]] - started, "\n")

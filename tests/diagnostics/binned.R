# arm::binnedplot's rule written out in base R, on the birthwt example: Rscript tests/diagnostics/binned.R (from the root)
# writes binned.json. arm's binned.resids: cuts at the ranks floor(n i / k), half-way to the next value, ties together.
# Limits: two standard errors under the model (Gelman and Hill 2007, page 97), where arm takes the spread inside a bin.

birthwt <- read.csv("examples/birthwt.csv")
fit <- glm(low ~ age + lwt + factor(race) + smoke, binomial, birthwt, control = glm.control(epsilon = 1e-14))
binned <- function(x, y, v) {
  k <- floor(sqrt(length(x))); at <- floor(length(x) * (1:(k - 1)) / k); s <- sort(x); cuts <- -Inf
  for (i in seq_along(at)) {
    lo <- s[at[i]]; hi <- s[at[i] + 1]
    if (lo == hi) lo <- if (lo == min(x)) -Inf else max(x[x < lo])
    cuts <- c(cuts, (lo + hi) / 2)
  }
  g <- as.numeric(cut(x, unique(c(cuts, Inf))))
  t(sapply(sort(unique(g)), function(j) c(mean(x[g == j]), mean(y[g == j]), 2 * sqrt(sum(v[g == j])) / sum(g == j), sum(g == j))))
}
r <- birthwt$low - fitted(fit)
v <- fitted(fit) * (1 - fitted(fit))
rows <- function(m) paste0("[", paste(apply(m, 1, function(v) paste0("[", paste(sprintf("%.17g", v), collapse = ", "), "]")), collapse = ",\n"), "]")
writeLines(sprintf('{"fitted": %s,\n"age": %s}', rows(binned(fitted(fit), r, v)), rows(binned(birthwt$age, r, v))), "tests/diagnostics/binned.json")

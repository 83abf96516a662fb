# R's answers to twenty ill-conditioned designs. Usage, in the repository:
#   python -m benchmarks.ill_conditioned export FOLDER && Rscript r_glm.R FOLDER > r_glm.json
# glm(family = binomial) with its own defaults for start and tolerance. Numbers are read and written as hexadecimal, exactly.
folder <- commandArgs(trailingOnly = TRUE)[1]
files <- sort(list.files(folder, "[.]csv$"))
listed <- function(v) paste0("[", paste(ifelse(is.na(v), "null", sprintf("\"%a\"", v)), collapse = ", "), "]")
cat("{\n")
for (k in seq_along(files)) {
  d <- read.csv(file.path(folder, files[k]), colClasses = "character")
  d[] <- lapply(d, as.numeric)
  x <- as.matrix(d[, -1])
  fit <- suppressWarnings(glm(d$y ~ x - 1, family = binomial))
  se <- rep(NA_real_, ncol(x))
  se[!is.na(coef(fit))] <- sqrt(diag(summary(fit)$cov.unscaled))
  cat(sprintf("\"%s\": {\"coefficients\": %s, \"std_errors\": %s}%s\n", sub("[.]csv$", "", files[k]),
    listed(unname(coef(fit))), listed(se), if (k < length(files)) "," else ""))
}
cat("}\n")

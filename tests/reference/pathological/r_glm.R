# R's answers to the pathological inputs. Usage, in the repository:
#   python -m benchmarks.pathological export FOLDER && Rscript r_glm.R FOLDER > r_glm.json
# glm(family = binomial) with its own defaults for tolerance and start; maxit = 100 unless the case sets a limit.
folder <- commandArgs(trailingOnly = TRUE)[1]
index <- read.csv(file.path(folder, "index.csv"), colClasses = "character")
quoted <- function(s) paste0("\"", gsub("[\\\\\"]", "'", gsub("[\n\t]", " ", s)), "\"")
number <- function(v) ifelse(is.na(v), "null", formatC(v, digits = 17, format = "g"))
listed <- function(v) paste0("[", paste(v, collapse = ", "), "]")
cat("{\n")
for (k in seq_len(nrow(index))) {
  d <- read.csv(file.path(folder, index$file[k]))
  d[] <- lapply(d, as.double)
  x <- as.matrix(d[, -(1:3), drop = FALSE])
  start <- if (nzchar(index$start[k])) as.numeric(strsplit(index$start[k], " ")[[1]]) else NULL
  warned <- character(0)
  fit <- withCallingHandlers(
    tryCatch(glm(d$y ~ x - 1, family = binomial, weights = d$weight, offset = d$offset, start = start,
                 control = glm.control(maxit = as.integer(index$limit[k]))), error = function(e) conditionMessage(e)),
    warning = function(w) { warned <<- c(warned, conditionMessage(w)); invokeRestart("muffleWarning") })
  # fractional weights always draw this remark; it says nothing about the answer
  warned <- unique(warned[!grepl("non-integer #successes", warned)])
  failed <- is.character(fit)
  cat(sprintf("%s: {\"coefficients\": %s, \"converged\": %s, \"warnings\": %s, \"error\": %s}%s\n",
    quoted(index$name[k]), if (failed) "[]" else listed(number(unname(coef(fit)))),
    if (!failed && fit$converged) "true" else "false", listed(vapply(warned, quoted, "")),
    if (failed) quoted(fit) else "null", if (k < nrow(index)) "," else ""))
}
cat("}\n")

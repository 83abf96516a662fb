# Optimism-corrected performance by R's rms, written to rms.json (rms 6.5-0):
# Rscript tests/reference/validation/rms.R, from the root.
# Each answer is the mean over seeds of rms's index.corrected with the standard error of that mean, so the Monte Carlo
# error is stored beside it. validate() reports R2 after recalibration on the test sample; "r2" is Nagelkerke's R2 of the
# predictions as they are, a measure handed to rms's own resampling (predab.resample). Cross-validation is not compared: rms draws folds without regard to
# the outcome and adds apparent less training performance, so its answer is another by definition.

suppressMessages(library(rms))
options(digits = 17)

plain_r2 <- function(x, y, fit, iter, evalfit = FALSE, fit.orig, kint, ...) {
  p <- plogis(x)
  loglik <- sum(y * log(p) + (1 - y) * log1p(-p))
  share <- mean(y)
  null <- length(y) * (share * log(share) + (1 - share) * log1p(-share))
  c(r2 = (1 - exp(2 * (null - loglik) / length(y))) / (1 - exp(2 * null / length(y))))
}
refit <- function(x, y, ...) lrm.fit(x, y, eps = 1e-10)

over_seeds <- function(one, seeds) {
  found <- sapply(seeds, function(s) { set.seed(s); one() })
  found <- matrix(found, ncol = length(seeds), dimnames = list(rownames(found), NULL))
  list(mean = rowMeans(found), se = apply(found, 1, sd) / sqrt(length(seeds)))
}

case <- function(formula, data, replications, seeds) {
  fit <- lrm(formula, data, x = TRUE, y = TRUE, eps = 1e-10)
  wanted <- c("Dxy", "Intercept", "Slope", "B")
  boot <- over_seeds(function() validate(fit, method = "boot", B = replications)[wanted, "index.corrected"], seeds)
  r2 <- over_seeds(function()
    c(r2 = unname(predab.resample(fit, refit, plain_r2, method = "boot", B = replications)[1, "index.corrected"])), seeds)
  list(replications = replications, seeds = length(seeds), boot = boot, r2 = r2)
}

number <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ", "), "]")
json <- function(x) {
  if (is.list(x)) return(paste0("{", paste(sprintf('"%s": %s', names(x), sapply(x, json)), collapse = ",\n"), "}"))
  if (!is.null(names(x))) return(paste0("{", paste(sprintf('"%s": %.17g', names(x), x), collapse = ", "), "}"))
  if (length(x) == 1) sprintf("%.17g", x) else number(x)
}

births <- read.csv("examples/birthwt.csv")
births$race <- factor(births$race)
pima <- read.csv("tests/reference/data/pima_tr.csv")
pima$event <- as.integer(pima$type == "Yes")
writeLines(json(list(
  birthwt = case(low ~ age + lwt + race + smoke + ptl + ht + ui, births, 400, 1:10),
  pima = case(event ~ npreg + glu + bp + skin + bmi + ped + age, pima, 400, 1:10)
)), "tests/reference/validation/rms.json")

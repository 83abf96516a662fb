# Standard errors by base R alone: hatvalues(), quasibinomial() and cluster sums of estfun written out.
# Rscript tests/inference/r/covariance.R tests/reference/data > tests/inference/r/covariance.json
folder <- commandArgs(TRUE)[1]
tight <- glm.control(epsilon = 1e-15, maxit = 50)
read <- function(name) read.csv(file.path(folder, paste0(name, ".csv")))
show <- function(x) paste0("{", paste0('"', names(x), '": ', sprintf("%.17g", x), collapse = ", "), "}")
robust <- function(fit, scores) sqrt(diag(vcov(fit) %*% crossprod(scores) %*% vcov(fit)))
estfun <- function(fit) model.matrix(fit) * residuals(fit, "working") * weights(fit, "working")

low <- glm(low ~ age + lwt + factor(race) + smoke, binomial, read("birthwt"), control = tight)
u <- estfun(low); h <- hatvalues(low)
hc2 <- robust(low, u / sqrt(1 - h)); hc3 <- robust(low, u / (1 - h))

bud <- glm(cbind(dead, alive) ~ sex + ldose, quasibinomial, read("budworm"), control = tight)
quasi <- sqrt(diag(vcov(bud)))

case <- read("infert")
two <- glm(case ~ spontaneous + induced, binomial, case, control = tight)
v <- estfun(two); n <- nrow(v); k <- ncol(v)
one_way <- function(by) {
  s <- rowsum(v, by); g <- nrow(s)
  vcov(two) %*% crossprod(s) %*% vcov(two) * g / (g - 1) * (n - 1) / (n - k)
}
both <- one_way(case$stratum) + one_way(case$age) - one_way(paste(case$stratum, case$age))
stopifnot(min(eigen(both)$values) > 0)
cat('{"hc2": ', show(hc2), ',\n "hc3": ', show(hc3), ',\n "quasi": ', show(quasi), ',\n "two_way": ',
    show(sqrt(diag(both))), "}\n", sep = "")

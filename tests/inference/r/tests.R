# Likelihood-ratio, Rao and Wald tests by base R: anova.glm (type I), drop1 (by marginality), glm refits under linear
# restrictions written into the design, and nnet::multinom. Writes tests.json beside this file:
#     Rscript tests/inference/r/tests.R examples/birthwt.csv > tests/inference/r/tests.json
births <- read.csv(commandArgs(TRUE)[1])
births$race <- factor(births$race)
control <- glm.control(epsilon = 1e-14, maxit = 100)
fit <- function(formula) glm(formula, binomial, births, control = control)

number <- function(x) ifelse(is.na(x), "null", sprintf("%.15g", x))
entry <- function(name, values) cat(sprintf('  "%s": [%s]', name, paste(number(values), collapse = ", ")))
entries <- list()
keep <- function(name, values) entries[[name]] <<- values

main <- fit(low ~ age + lwt + race + smoke + ht)
crossed <- fit(low ~ age * race + smoke)
for (test in c("LRT", "Rao")) {
  column <- c(LRT = "Deviance", Rao = "Rao")[[test]]
  keep(paste0("main_type1_", test), anova(main, test = test)[-1, column])
  keep(paste0("crossed_type1_", test), anova(crossed, test = test)[-1, column])
  column <- c(LRT = "LRT", Rao = "Rao score")[[test]]
  keep(paste0("main_drop1_", test), drop1(main, test = test)[-1, column])
  keep(paste0("crossed_drop1_", test), drop1(crossed, test = test)[-1, column])  # smoke, age:race
}
# age = 0, smoke = 2 ht: the design under the hypothesis has lwt, race and 2 smoke + ht
restricted <- fit(low ~ lwt + race + I(2 * smoke + ht))
keep("age_0_smoke_2ht_LRT", deviance(restricted) - deviance(main))
# lwt = -0.01, C(race)[T.2] = C(race)[T.3]
births$other <- births$race != 1
shifted <- glm(low ~ age + other + smoke + ht + offset(-0.01 * lwt), binomial, births, control = control)
keep("lwt_fixed_races_equal_LRT", deviance(shifted) - deviance(main))
wald <- function(model, R, r) {
  d <- R %*% coef(model) - r
  drop(t(d) %*% solve(R %*% vcov(model) %*% t(R), d))
}
refit <- function(model) glm(formula(model), binomial, births, start = coef(model), control = control)
main <- refit(main)  # the weights then belong to the final coefficients
keep("age_0_smoke_2ht_Wald", wald(main, rbind(c(0, 1, 0, 0, 0, 0, 0), c(0, 0, 0, 0, 0, 1, -2)), c(0, 0)))
keep("lwt_fixed_races_equal_Wald", wald(main, rbind(c(0, 0, 1, 0, 0, 0, 0), c(0, 0, 0, 1, -1, 0, 0)), c(-0.01, 0)))
keep("holm", p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.5), "holm"))
suppressMessages(library(nnet))
classes <- multinom(race ~ age + lwt + smoke, births, trace = FALSE, reltol = 1e-15, maxit = 1000, Hess = TRUE)
less <- multinom(race ~ age + smoke, births, trace = FALSE, reltol = 1e-15, maxit = 1000)
keep("classes_lwt_LRT", deviance(less) - deviance(classes))
cat("{\n")
for (k in seq_along(entries)) {
  entry(names(entries)[k], entries[[k]])
  cat(if (k < length(entries)) ",\n" else "\n")
}
cat("}\n")

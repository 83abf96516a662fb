# One-step influence in base R, written to influence.json: Rscript tests/diagnostics/influence.R (from the root).
# dfbetas: base R's own uses deviance residuals and a free dispersion; here the coefficients' one-step changes come from
# lm.influence's formula with Pearson residuals, which is Pregibon's, over the model's standard errors.

tight <- glm.control(epsilon = 1e-14, maxit = 100)
again <- function(fit) { fit$call$start <- unname(coef(fit)); eval(fit$call, parent.frame()) }
facts <- function(fit) {
  h <- hatvalues(fit); r <- residuals(fit, "pearson")
  change <- t(backsolve(qr.R(fit$qr), t(qr.Q(fit$qr)))) * r / (1 - h)
  dfbetas <- sweep(change, 2, sqrt(diag(vcov(fit))), "/")
  some <- 1:min(40, length(h))
  list(hat = unname(h[some]), cooks = unname(cooks.distance(fit)[some]), std_pearson = unname(rstandard(fit, type = "pearson")[some]),
       std_deviance = unname(rstandard(fit)[some]), likelihood = unname(rstudent(fit)[some]), dfbetas = unname(dfbetas[some, ]))
}

birthwt <- read.csv("examples/birthwt.csv")
birthwt$race <- factor(birthwt$race)
binary <- again(glm(low ~ age + lwt + race + smoke, binomial, birthwt, control = tight))
key <- paste(birthwt$race, birthwt$smoke)
first <- !duplicated(key)
events <- tapply(birthwt$low, factor(key, unique(key)), sum); n <- tapply(birthwt$low, factor(key, unique(key)), length)
patterns <- data.frame(s = as.vector(events), f = as.vector(n - events), race = birthwt$race[first], smoke = birthwt$smoke[first])
grouped <- again(glm(cbind(s, f) ~ race + smoke, binomial, patterns, control = tight))

# Exact deletion of every tenth row of the binary fit
deleted <- seq(1, nrow(birthwt), by = 10)
exact <- t(sapply(deleted, function(i) coef(again(glm(low ~ age + lwt + race + smoke, binomial, birthwt[-i, ], control = tight)))))

number <- function(x) if (length(x) == 1) sprintf("%.17g", x) else paste0("[", paste(sprintf("%.17g", x), collapse = ", "), "]")
json <- function(x) {
  if (is.list(x)) return(paste0("{", paste(sprintf('"%s": %s', names(x), sapply(x, json)), collapse = ",\n"), "}"))
  if (is.matrix(x)) return(paste0("[", paste(apply(x, 1, number), collapse = ",\n"), "]"))
  number(x)
}
writeLines(json(list(binary = facts(binary), patterns = facts(grouped), deleted = deleted - 1, exact = unname(exact))),
           "tests/diagnostics/influence.json")

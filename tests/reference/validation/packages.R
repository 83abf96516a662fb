# GVIF by car 3.1-1, DeLong's interval and paired test by pROC 1.18.0, the unweighted sum of squares test of le Cessie,
# van Houwelingen, Copas and Hosmer by rms 6.5-0, written to packages.json:
# Rscript tests/reference/validation/packages.R, from the root.

suppressMessages({ library(car); library(pROC); library(rms) })
tight <- glm.control(epsilon = 1e-14, maxit = 100)
again <- function(fit) { fit$call$start <- unname(coef(fit)); eval(fit$call, parent.frame()) }  # final weights

births <- read.csv("examples/birthwt.csv")
births$race <- factor(births$race)
pima <- read.csv("tests/reference/data/pima_tr.csv")
pima$event <- as.integer(pima$type == "Yes")

case <- function(formula, smaller, data) {
  fit <- again(glm(formula, binomial, data, control = tight))
  small <- again(glm(smaller, binomial, data, control = tight))
  v <- car::vif(fit)
  gvif <- if (is.matrix(v)) v[, "GVIF"] else v
  one <- roc(fit$y, fitted(fit), quiet = TRUE, direction = "<")
  two <- roc(fit$y, fitted(small), quiet = TRUE, direction = "<")
  test <- roc.test(one, two, method = "delong", paired = TRUE)
  gof <- residuals(lrm(formula, data, x = TRUE, y = TRUE, eps = 1e-12, tol = 1e-14), "gof")
  list(gvif = gvif, auc = c(auc(one)), auc_se = sqrt(var(one, method = "delong")), ci = c(ci(one, method = "delong"))[c(1, 3)],
       auc_small = c(auc(two)), delong_z = unname(test$statistic), delong_p = test$p.value,
       squares = unname(gof["Sum of squared errors"]), squares_z = unname(gof["Z"]), squares_p = unname(gof["P"]))
}

json <- function(x) {
  if (is.list(x)) return(paste0("{", paste(sprintf('"%s": %s', names(x), sapply(x, json)), collapse = ",\n"), "}"))
  if (!is.null(names(x))) return(paste0("{", paste(sprintf('"%s": %.17g', names(x), x), collapse = ", "), "}"))
  if (length(x) == 1) sprintf("%.17g", x) else paste0("[", paste(sprintf("%.17g", x), collapse = ", "), "]")
}
writeLines(json(list(
  birthwt = case(low ~ age + lwt + race + smoke + ptl + ht + ui, low ~ age + lwt + race, births),
  interaction = case(low ~ age + lwt + race * smoke, low ~ age + lwt, births),
  pima = case(event ~ npreg + glu + bp + skin + bmi + ped + age, event ~ glu + age, pima)
)), "tests/reference/validation/packages.json")

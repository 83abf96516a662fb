# Collinearity, form and dispersion in base R, written to form.json: Rscript tests/diagnostics/form.R (from the root).
# GVIF by the formula of car::vif: R the correlation of the estimates without the intercept, det(R11) det(R22) / det(R).

tight <- glm.control(epsilon = 1e-14, maxit = 100)
again <- function(fit) { fit$call$start <- unname(coef(fit)); eval(fit$call, parent.frame()) }
birthwt <- read.csv("examples/birthwt.csv")
birthwt$race <- factor(birthwt$race)
fit <- again(glm(low ~ age + lwt + race + smoke, binomial, birthwt, control = tight))

gvif <- function(fit) {
  R <- cov2cor(vcov(fit)[-1, -1]); at <- attr(model.matrix(fit), "assign")[-1]
  sapply(unique(at), function(t) det(R[at == t, at == t, drop = FALSE]) * det(R[at != t, at != t, drop = FALSE]) / det(R))
}

X <- model.matrix(fit) * sqrt(fitted(fit) * (1 - fitted(fit)))
s <- svd(sweep(X, 2, sqrt(colSums(X^2)), "/"))
phi <- t((s$v %*% diag(1 / s$d))^2); shares <- sweep(phi, 2, colSums(phi), "/")

eta <- predict(fit)
link <- coef(summary(again(glm(birthwt$low ~ eta + I(eta^2), binomial, control = tight))))

rcs <- function(x) {
  t <- quantile(x, c(0.05, 0.35, 0.65, 0.95)); pos <- function(u) pmax(u, 0)^3; k <- 4
  sapply(1:2, function(j) (pos(x - t[j]) - pos(x - t[k - 1]) * (t[k] - t[j]) / (t[k] - t[k - 1]) +
                             pos(x - t[k]) * (t[k - 1] - t[j]) / (t[k] - t[k - 1])) / (t[k] - t[1])^2)
}
bent <- function(x) {
  cubic <<- rcs(x)
  bigger <- update(fit, . ~ . + cubic, data = birthwt, start = NULL)
  c(deviance(fit) - deviance(bigger), anova(fit, bigger, test = "Rao")$Rao[2])
}

shares_of <- data.frame(dose = 1:8, n = c(12, 15, 20, 18, 25, 16, 22, 19), s = c(1, 6, 3, 9, 8, 13, 10, 17))
grouped <- again(glm(cbind(s, n - s) ~ dose, binomial, shares_of, control = tight))
pearson <- sum(residuals(grouped, "pearson")^2)

number <- function(x) if (length(x) == 1) sprintf("%.17g", x) else paste0("[", paste(sprintf("%.17g", x), collapse = ", "), "]")
json <- function(x) {
  if (is.list(x)) return(paste0("{", paste(sprintf('"%s": %s', names(x), sapply(x, json)), collapse = ",\n"), "}"))
  if (is.matrix(x)) return(paste0("[", paste(apply(x, 1, number), collapse = ",\n"), "]"))
  number(x)
}
writeLines(json(list(gvif = gvif(fit), indices = rev(max(s$d) / s$d), shares = unname(shares)[rev(seq_along(s$d)), ],
  link = unname(link), linearity = rbind(bent(birthwt$age), bent(birthwt$lwt)),
  partial = unname(residuals(fit, "partial")[, "lwt"]),
  dispersion = c(pearson, deviance(grouped), df.residual(grouped), pchisq(pearson, df.residual(grouped), lower.tail = FALSE)))),
  "tests/diagnostics/form.json")

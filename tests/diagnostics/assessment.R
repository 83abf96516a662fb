# Goodness of fit and calibration in base R, written to assessment.json: Rscript tests/diagnostics/assessment.R (from the root).
# le Cessie-van Houwelingen: weighted regression of 1 - 2p on the design. Osius-Rojek: the recipe of Hosmer and Lemeshow
# (2000), page 153, over covariate patterns. Stukel: Rao's test of glm. Calibration: glm on a restricted cubic spline.

tight <- glm.control(epsilon = 1e-14, maxit = 100)
again <- function(fit) { fit$call$start <- unname(coef(fit)); eval(fit$call, parent.frame()) }  # weights of the final coefficients
gof <- function(fit) {
  X <- model.matrix(fit); p <- fitted(fit); n <- fit$prior.weights; y <- fit$y; eta <- predict(fit)
  off <- if (is.null(fit$offset)) rep(0, length(p)) else fit$offset
  w <- n * p * (1 - p); d <- 1 - 2 * p
  rss <- function(z, v) { r <- lm.wfit(X, z, v); sum(v * r$residuals^2) }
  unweighted <- sum(n * (y * (1 - p)^2 + (1 - y) * p^2)) - sum(w)
  lecessie <- unweighted / sqrt(rss(d, w))
  key <- apply(cbind(X, off), 1, function(v) paste(sprintf("%a", v), collapse = " "))
  first <- !duplicated(key); g <- match(key, key[first])
  m <- as.vector(tapply(n, g, sum)); s <- as.vector(tapply(n * y, g, sum)); pj <- p[first]; J <- sum(first)
  v <- m * pj * (1 - pj); x2 <- sum((s - m * pj)^2 / v)
  c <- (1 - 2 * pj) / v
  r <- lm.wfit(X[first, , drop = FALSE], c, v)
  osius <- (x2 - (J - ncol(X))) / sqrt(2 * (J - sum(1 / m)) + sum(v * r$residuals^2))
  za <- 0.5 * eta^2 * (eta >= 0); zb <- 0.5 * eta^2 * (eta < 0)
  bigger <- update(fit, . ~ . + za + zb, data = cbind(fit$data, za = za, zb = zb), start = NULL)
  rao <- anova(fit, bigger, test = "Rao")
  dev <- function(a, b) ifelse(a > 0, a * log(a / b), 0)
  list(lecessie = lecessie, osius = osius, stukel = rao$Rao[2], stukel_df = rao$Df[2], pearson = x2, df = J - ncol(X),
       deviance = 2 * sum(dev(s, m * pj) + dev(m - s, m * (1 - pj))))
}

rcs <- function(x, k) {
  pos <- function(u) pmax(u, 0)^3
  m <- length(k); span <- (k[m] - k[1])^2
  cbind(x, sapply(seq_len(m - 2), function(j) (pos(x - k[j]) - pos(x - k[m - 1]) * (k[m] - k[j]) / (k[m] - k[m - 1]) +
    pos(x - k[m]) * (k[m - 1] - k[j]) / (k[m] - k[m - 1])) / span))
}

calibrate <- function(eta, y, w) {
  p <- plogis(eta)
  large <- again(glm(y ~ 1, binomial, offset = eta, weights = w, control = tight))
  both <- again(glm(y ~ eta, binomial, weights = w, control = tight))
  o <- order(eta); total <- cumsum(w[o])
  knots <- sapply(c(.05, .35, .65, .95), function(q) eta[o][which(total >= q * sum(w) - 1e-9)[1]])
  smooth <- again(glm(y ~ rcs(eta, knots), binomial, weights = w, control = tight))
  grid <- seq(min(p), max(p), length.out = 101)[c(1, 26, 51, 76, 101)]
  at <- cbind(1, rcs(qlogis(grid), knots)); link <- drop(at %*% coef(smooth))
  se <- sqrt(rowSums((at %*% vcov(smooth)) * at)); z <- qnorm(.975)
  gap <- abs(fitted(smooth) - p); oo <- order(gap); cum <- cumsum(w[oo])
  q <- function(a) gap[oo][which(cum >= a * sum(w) - 1e-9)[1]]
  ll <- function(pr) sum(w * (y * log(pr) + (1 - y) * log(1 - pr)))
  list(intercept = coef(large)[[1]], intercept_se = sqrt(vcov(large)[1, 1]), slope = coef(both)[[2]],
       slope_se = sqrt(vcov(both)[2, 2]), joint = 2 * (ll(fitted(both)) - ll(p)), grid = grid, curve = plogis(link),
       low = plogis(link - z * se), high = plogis(link + z * se), ici = weighted.mean(gap, w), e50 = q(.5), e90 = q(.9),
       e_max = max(gap))
}

json <- function(v) {
  if (is.list(v)) paste0("{", paste(sprintf('"%s": %s', names(v), sapply(v, json)), collapse = ", "), "}")
  else if (length(v) > 1) paste0("[", paste(sprintf("%.17g", v), collapse = ", "), "]")
  else sprintf("%.17g", v)
}

read <- function(path) read.csv(path, stringsAsFactors = TRUE)
births <- read("examples/birthwt.csv"); births$race <- factor(births$race)
birthwt <- glm(low ~ age + lwt + race + smoke, binomial, births, control = tight)
pattern <- glm(low ~ race + smoke + ht, binomial, births, control = tight)
worm <- read("tests/reference/data/budworm.csv")
budworm <- glm(cbind(dead, alive) ~ sex + ldose, binomial, worm, control = tight)
odd <- seq_len(nrow(births)) %% 2 == 1
half <- glm(low ~ age + lwt + race + smoke, binomial, births[odd, ], control = tight)
rest <- births[!odd, ]
weight <- 1 + seq_len(nrow(rest)) %% 3
writeLines(json(list(
  birthwt = gof(again(birthwt)), pattern = gof(again(pattern)), budworm = gof(again(budworm)),
  apparent = calibrate(predict(birthwt), births$low, rep(1, nrow(births))),
  other_half = calibrate(predict(half, rest), rest$low, rep(1, nrow(rest))),
  weighted = calibrate(predict(half, rest), rest$low, weight)
)), "tests/diagnostics/assessment.json")

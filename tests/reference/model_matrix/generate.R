# Writes expected.json: the columns of R's model.matrix for every formula of formulas.tsv on data.csv.
# Run in this folder: Rscript generate.R
library(splines)
data <- read.csv("data.csv", colClasses = c(g = "character", h = "character", city = "character"))
data$g <- factor(data$g)
data$h <- factor(data$h)
data$city <- factor(data$city, levels = c("rural", "town", "city"))
formulas <- read.delim("formulas.tsv", header = FALSE, quote = "", col.names = c("ours", "r"), colClasses = "character")
number <- function(v) paste(sprintf("%.17g", v), collapse = ", ")
quoted <- function(s) paste0("\"", gsub("\"", "\\\"", s, fixed = TRUE), "\"")
entry <- function(k) {
  matrix <- model.matrix(as.formula(formulas$r[k]), data)
  columns <- apply(matrix, 2, number)
  paste0("  {\"ours\": ", quoted(formulas$ours[k]), ", \"r\": ", quoted(formulas$r[k]),
         ", \"names\": [", paste(quoted(colnames(matrix)), collapse = ", "),
         "],\n   \"columns\": [[", paste(columns, collapse = "],\n    ["), "]]}")
}
writeLines(c(paste0("{\"version\": ", quoted(R.version.string), ", \"entries\": ["),
             paste(sapply(seq_len(nrow(formulas)), entry), collapse = ",\n"), "]}"), "expected.json")

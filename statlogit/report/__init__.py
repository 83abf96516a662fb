"""The report room: facts in, one outline tree, and from it text, HTML, Markdown and JSON."""

"""`statlogit serve`: a page on this machine for people who do not program.

limits   what a visitor may ask for            guard    Host, Origin, token, headers: before anything else runs
sessions what is kept of a visit, and its end  uploads  a body as a file, within its limits
jobs     worker processes, a bounded queue     worker   the process that reads and fits, and may be killed
table    a CSV as people save it, made plain   asked    what a request may say
checking a formula while it is typed           facts    what is shown of each column
pages    the files of the page                 refusal  a request that is refused, in words
app      the routes                            server   the listening socket, and how it ends
"""

"""Data sets and refused inputs that the Python and the browser tests of the demo share."""

from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
TOY = (EXAMPLES / "toy.csv").read_text()
HOURS = (EXAMPLES / "hours.csv").read_text()
QUASI = "1,0\n2,0\n2,1\n3,1\n"
FALLING = "x,y\n1,1\n2,1\n3,0\n4,0\n"
ONE_LABEL = "x,y\n1,1\n2,1\n"
CONSTANT = "x,y\n2,1\n2,0\n2,0\n"

REFUSED = {  # text -> the message, word for word
    "": "there is no data line: give one feature,label a line, such as 0.5,0",
    "# nothing\n\n x , y \n": "there is no data line: give one feature,label a line, such as 0.5,0",
    "1,0\n\n# a comment\n2": 'line 4: expected feature,label but found 1 field(s) in "2"',
    "1,0\r\n0,5,1": 'line 2: expected feature,label but found 3 field(s) in "0,5,1"',
    "x,y\na,1": 'line 2: the feature "a" is not a number in "a,1"',
    "a,1": 'line 1: the feature "a" is not a number in "a,1"',
    "x,y\nu,v\n1,0": 'line 2: the feature "u" is not a number in "u,v"',
    "1,0\n2,yes # why": 'line 2: the label "yes" is not a number in "2,yes # why"',
    "1,0\n2,": 'line 2: the label "" is not a number in "2,"',
    "1,2": 'line 1: the label must be 0 or 1, not "2" in "1,2"',
    "1,0.5": 'line 1: the label must be 0 or 1, not "0.5" in "1,0.5"',
    "nan,1": 'line 1: the feature "nan" is not a number in "nan,1"',
    "1e999,1": 'line 1: the feature "1e999" is beyond 1e100 in "1e999,1"',
    "0x10,1": 'line 1: the feature "0x10" is not a number in "0x10,1"',
    "1_000,1": 'line 1: the feature "1_000" is not a number in "1_000,1"',
    "\u0661,1": 'line 1: the feature "\u0661" is not a number in "\u0661,1"',
    "1,0\n<img src=x onerror=alert(1)>,1": (
        'line 2: the feature "<img src=x onerror=alert(1)>" is not a number in "<img src=x onerror=alert(1)>,1"'
    ),
    "\x1b[31mred,1": 'line 1: the feature "\ufffd[31mred" is not a number in "\ufffd[31mred,1"',
    "\u202eevil,1": 'line 1: the feature "\ufffdevil" is not a number in "\ufffdevil,1"',
    "z" * 99 + ",1": f'line 1: the feature "{"z" * 40}..." is not a number in "{"z" * 40}..."',
}

READ = {  # text -> (features, labels, names)
    "0.5,0\n2.5,1": ([0.5, 2.5], [0, 1], ("x", "y")),
    "\ufeffhours, passed \r\n 1e1\t, 1 # late\r\r+.5,0\n-3.,1.0": ([10, 0.5, -3], [1, 0, 1], ("hours", "passed")),
    "# first\n\nx,y\n1,0": ([1], [0], ("x", "y")),
    ",\n1,0": ([1], [0], ("x", "y")),
}

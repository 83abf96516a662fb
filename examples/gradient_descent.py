"""How many iterations of gradient descent does one correct digit cost, with and without standardizing?

Run it from anywhere: python examples/gradient_descent.py
"""

from pathlib import Path

from statlogit.demo import descend, exact, read_pairs

pairs = read_pairs((Path(__file__).parent / "hours.csv").read_text("utf-8"))

for name, data in (("hours", pairs), ("standardized hours", pairs.standardized()[0])):
    end = exact(data)
    print(f"{name}: exact w0 = {end.w0:.6f}, w1 = {end.w1:.6f}")
    digits = 1
    for row in descend(data, iterations=10_000):
        while digits <= 8 and abs(row.w1 - end.w1) < 10.0**-digits * abs(end.w1):
            print(f"  {digits} digits of w1 after {row.iteration} iterations")
            digits += 1

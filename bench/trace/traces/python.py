# SPDX-License-Identifier: MIT
"""python.py - what python.trace.xz did: compile, json, regular expressions."""
import ast
import json
import random
import re

SOURCE = """
class C{n}:
    def __init__(self, a, b={n}):
        self.items = [a * i for i in range(b)]

    def find(self, key):
        try:
            return {{k: v for k, v in enumerate(self.items)}}[key]
        except KeyError as error:
            raise ValueError(f"no {{key}} in {{self.items!r}}") from error
"""

rnd = random.Random(1)
text = "".join(SOURCE.format(n=n) for n in range(60))
space = {}
exec(compile(ast.parse(text), "<made>", "exec"), space)

orders = [{"id": i, "name": f"customer {rnd.randrange(999)}",
           "lines": [{"item": f"i{rnd.randrange(9999)}",
                      "price": rnd.random() * 100}
                     for _ in range(rnd.randrange(1, 12))]}
          for i in range(2600)]
dump = json.dumps(orders)
loaded = json.loads(dump)

words = re.compile(r"(?P<word>customer) (?P<number>\d+)")
found = {}
for match in words.finditer(dump):
    found.setdefault(match["number"], []).append(match.span())
text = words.sub(lambda m: m["number"] + "!", dump)
table = sorted((len(spans), number) for number, spans in found.items())
objects = [space[f"C{i % 60}"](i) for i in range(500)]
print(len(text), table[-1], sum(o.find(0) for o in objects[61:120:7]))

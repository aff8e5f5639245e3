"""Good YAML that is hard on what comes after it: expressions, matrices, dependencies, targets, and very many mistakes."""

from __future__ import annotations

from tests.fuzz.hostile.case import HEAD, JOB, MB, POOL, TASK, TASKS, Case, fill, task, tasks, text

_EXPRESSIONS = {
    "a text a billion times": "'a' * 10**9", "a list a billion times": "[1] * 10**9", "a text times itself": "('a' * 999999) * 999999",
    "a wide format": "'%1000000000d' % 1", "a wide format with a star": "'%*d' % (10**9, 1)", "a wide str.format": "'{:1000000000}'.format(1)",
    "towers of powers": "9**9**9", "many powers": "((10**30)**30)**30", "a power of a float": "1e308**1e308", "negative powers": "2**-999999999",
    "a shift": "1 << 10**9", "round to a billion digits": "1.5 | round(10**9)", "round a huge number": "10**29 | round(-30)",
    "a class": "params.x.__class__.__mro__", "a class by an item": "params.x['__class__']", "a filter's globals": "'a'.join.__globals__",
    "a range": "range(10**9) | join", "a list joined": "['a'] | join('b' * 10**9)", "replaced again and again":
    "('a' * 1000) | replace('a', 'a' * 1000) | replace('a', 'a' * 1000)", "replaced between all": "('a' * 999999) | replace('', 'b' * 99)",
    "doubled again and again": "".join(["'aaaaaaaaaa'", " | replace('a', 'aaaaaaaaaa')" * 40]), "joined by tildes": "~".join(["'aaaa'"] * 280),
    "slices": "('a' * 999999)[::-1]", "not a number": "1e308 * 10 - 1e308 * 10", "a dictionary of lists": "{'a': [1, [2, [3]]]}",
    "zfill": "'1'.zfill(10**9)", "zfill with a float": "'1'.zfill(1e9)", "zfill by name": "'1'.zfill(width=10**9)", "brackets": "(" * 900 + "1" + ")" * 900,
    "lists in lists": "[" * 900 + "]" * 900, "nots": "not " * 480 + "1", "minuses": "-" * 1900 + "1", "dots": "params" + ".x" * 900, "ifs": "1 if 1 else " * 150 + "1",
    "filters": "1" + " | abs" * 300, "comparisons": "1" + " < 2" * 480, "ands": "1" + " and 1" * 300, "a string of 10**5000": "10**64**2 | string",
    "int of a long text": "('9' * 900000) | int", "float of a long text": "('9' * 900000) | float", "int with a base": "'zz' | int(0, 36)",
    "a long text in a list": "['a' * 999999, 'a' * 999999, 'a' * 999999] | string", "lists added up": "[1] + [2] * 3",
    "title of a long text": "('a ' * 499999) | title | title | title", "max of texts": "['a' * 999999, 'b' * 999999] | max",
    "a long text compared": "('a' * 999999) in ('a' * 999999 ~ 'b')", "found in a long text": "('a' * 499999 ~ 'b') in ('a' * 999999)",
    "stripped": "('a' * 999999).strip('a')", "stripped of much": "('a' * 999999).strip('b' * 999999)", "a surrogate": "'\\ud83d'", "a lambda": "lambda: 1",
}  # fmt: skip
_PATTERNS = {
    "nested plus": "(a+)+$", "alternatives alike": "(a|a|aa)+", "counts of counts": "((a{1,30}){1,30}){1,30}", "a huge count": "a{1000000}",
    "an open count": "(a?){500}a{500}", "a backreference": "(a)\\\\1", "groups": "(" * 900 + ")" * 900, "classes": "[a-z]" * 1500,
    "alternatives": "|".join(["a"] * 4000), "an unfinished class": "[", "stars": "(a*)*b", "overlapping": "(.*)(.*)(.*)(.*)(.*)(.*)(.*)b",
    "dots": ".*" * 900, "wide classes": "[" + "a-zA-Z0-9" * 900 + "]+", "nested counts": "(((((a{9}){9}){9}){9}){9}){9}",
}  # fmt: skip
_VALUES = {
    "infinity": ".inf", "not a number": ".nan", "1e400": "1e400", "a whole number of 300 digits": "9" * 300, "minus a lot": "-" + "9" * 30,
    "a float of 300 digits": "0." + "9" * 300, "days": "99999999999d", "an ISO duration": "P999999999999D", "many hours": "9" * 200 + "h",
    "an escape sequence": '"\\e[2J\\e]0;x\\a"', "right to left": "\u202eabc", "a NUL": '"a\\0b"', "a line end": '"a\\nb"', "a tab": '"a\\tb"',
    "half a pair": '"\\ud83d"', "a bell": '"\\a"', "a long text": "x" * 9999, "a workflow command": '"\\n::set-output name=x::y"', "next line": '"a\\Lb"',
    "an expression of an escape": "\"${{ '\\e[2J' }}\"", "an empty text": '""', "a very large exponent": "1e99999999", "hexadecimals": "0x" + "f" * 390,
}  # fmt: skip
_PLACES = {
    "a name": "name: {}\n", "a version": "batchspec: {}\n", "a lifetime": "pool: {{lifetime: {}, nodes: {{dedicated: {}}}}}\n", "slots":
    "pool: {{id: demo, vm_size: {}, image: {}, nodes: {}, task_slots_per_node: {}, autoscale: {{formula: {}, interval: {}}}}}\n",
    "a job": "job: {{id: {}, timeout: {}, priority: {}, environment: {{A: {}}}, metadata: {{a: {}}}}}\n", "a schedule":
    "schedule: {{every: {}, start: {}, recurrence_interval: {}, do_not_run_after: {}}}\n", "a target": "targets: {{a: {{name: {}}}, {}: {}}}\n",
    "a task": "tasks: [{{id: {}, command: {}, timeout: {}, retries: {}, depends_on: [{}], required_slots: {}}}]\n",
    "a matrix": "tasks: [{{id: 'a-${{{{ matrix.i }}}}', command: ls, matrix: {{i: {{range: {}}}, j: [{}], k: {{csv: {}}}, l: {{files: {}}}}}}}]\n",
    "inputs": "tasks: [{{id: a, command: ls, inputs: [{{path: {}}}, {{url: {}}}, {{task: {}}}], outputs: [{{path: {}}}]}}]\n", "a parameter":
    "parameters: {{a: {{type: number, default: {}, minimum: {}, maximum: {}, enum: [{}]}}, b: {{type: {}, pattern: {}, default: {}}}}}\n",
    "an include": "include: [{}]\n",
}  # fmt: skip


def _odd(line: str, value: str) -> str:
    return HEAD + POOL + JOB + TASKS + TASK + line.replace("{}", value).replace("{{", "{").replace("}}", "}")


def _bomb_with_targets() -> str:
    inner = f"x-a: &a [{', '.join(['x'] * 1_000)}]\nx-b: [{', '.join(['*a'] * 250)}]\n"
    return HEAD + inner + POOL + JOB + TASKS + TASK + "targets:\n" + "".join(f"  t{at}: {{}}\n" for at in range(50))


def _everywhere(value: str) -> str:
    """Each place by itself, as a document."""
    return "---\n".join(_odd(line, value) for line in _PLACES.values())


def _many(count: int, line: str) -> str:
    return tasks(line.replace("@", str(at)) for at in range(count))


def _near(count: int) -> str:
    """Keys that are nearly those that we know."""
    return HEAD + "".join(f"parameter{at}: 1\n" for at in range(count)) + POOL + JOB + TASKS + TASK


def _circle(count: int) -> str:
    return tasks(f"{{id: t{at}, command: ls, depends_on: [t{(at + 1) % count}]}}" for at in range(count))


def _targets(count: int, patch: str) -> str:
    return tasks(["{id: a, command: ls}"]) + "targets:\n" + "".join(f"  t{at}: {patch}\n" for at in range(count))


def _parameters(count: int, uses: int) -> str:
    declared = "".join(f"  parameter_{at}: {{default: x}}\n" for at in range(count))
    return tasks(
        (f"{{id: t{at}, command: '${{{{ params.nope_{at} }}}}'}}" for at in range(uses)), f"parameters:\n{declared}"
    )


def _computed(count: int) -> str:
    return task(f'command: "{"".join(f"${{{{ {at} + 1 }}}}" for at in range(count))}"')


def _formula(formula: str) -> str:
    pool = f"pool: {{id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, autoscale: {{formula: '{formula}'}}}}\n"
    return HEAD + pool + JOB + TASKS + TASK


def _matrix(matrix: str, command: str = "ls") -> str:
    return tasks([f"{{id: 'a-${{{{ matrix.i }}}}', command: {command}, matrix: {matrix}}}"])


CASES: dict[str, Case] = {
    **{f"expression: {name}": text(task(f'name: "${{{{ {source} }}}}"')) for name, source in _EXPRESSIONS.items()},
    "200 expressions of 1 MB each": text(_many(200, "{id: t@, command: \"${{ 'a' * 999999 ~ '@' }}\"}")),
    "2,000 expressions of 1 MB each": text(_many(2_000, "{id: t@, command: ls, environment: {A: \"${{ 'a' * 999999 ~ '@' }}\"}}")),
    "20,000 texts of one reference": text(_many(20_000, "{id: t@, command: '${{ params.a }}'}")),
    "20,000 expressions in a text": text(lambda: _computed(20_000)),
    "20,000 different expressions": text(_many(20_000, "{id: t@, command: 'ls ${{ @ + 1 }}'}")),
    "1 MB that opens expressions": text(task(f"command: \"{fill('${{')}\"")),
    "1 MB of empty expressions": text(task(f"command: \"{fill('${{}}')}\"")),
    "an expression of 1 MB": text(task(f"command: \"${{{{ {fill('1 + ')} 1 }}}}\"")),
    "an unclosed expression in 1 MB": text(task(f"command: \"${{{{ {'a' * MB}\"")),
    "5,000 unknown parameters beside 5,000": text(lambda: _parameters(5_000, 5_000)),
    "10,000 unused parameters": text(lambda: _parameters(10_000, 1)),
    "5,000 unknown variables": text(_many(5_000, "{id: t@, command: 'ls ${{ env.NOPE_@ }}'}")),
    "5,000 secrets": text(_many(5_000, "{id: t@, command: 'ls', environment: {A: \"${{ env.HOME ~ '@' }}\"}, name: 'a b'}")),
    **{f"pattern: {name}": text(_parameter) for name, _parameter in (
        (name, HEAD + f"parameters:\n  a: {{pattern: \"{pattern}\", default: {'a' * 900}}}\n" + POOL + JOB + TASKS + TASK)
        for name, pattern in _PATTERNS.items())},
    "10,000 parameters with patterns": text(
        lambda: HEAD + "parameters:\n" + "".join(f"  a{at}: {{pattern: '(a?){{99}}', default: aaaaaaaaaaaa}}\n" for at in range(10_000)) + POOL),
    "a matrix of 10**9": text(_matrix("{i: {range: 1000}, j: {range: 1000}, k: {range: 1000}}")),
    "a matrix of 10**18": text(_matrix("{i: {range: 1000000}, j: {range: 1000000}, k: {range: 1000000}}")),
    "40 axes": text(_matrix("{" + ", ".join(f"a{at}: {{range: 1000}}" for at in range(40)) + ", i: [1]}")),
    "20,000 axes": text(_matrix("{" + ", ".join(f"a{at}: [1]" for at in range(20_000)) + ", i: [1]}")),
    "a range without end": text(_matrix("{i: {range: [0, 1000000000000, 1]}}")),
    "all excluded": text(_matrix("{i: {range: 300}, j: {range: 300}, exclude: [" + ", ".join(f"{{i: {at}}}" for at in range(300)) + "]}")),
    "20,000 of 100,000 excluded": text(_matrix("{i: {range: 100000}, exclude: [" + ", ".join(f"{{i: {at}}}" for at in range(20_000)) + "]}")),
    "all but a few excluded": text(_matrix("{i: {range: 300}, j: {range: 300}, exclude: [" + ", ".join(f"{{i: {at}}}" for at in range(299)) + "]}")),
    "30 kinds of exclusions": text(_matrix(
        "{" + ", ".join(f"a{at}: [1, 2]" for at in range(18)) + ", i: [1], exclude: ["
        + ", ".join(f"{{a{at % 18}: 3, a{(at + 1 + at // 18) % 18}: 3}}" for at in range(30)) + "]}")),
    "10,000 combinations to include with strangers": text(
        _matrix("{i: [1], include: [" + ", ".join(f"{{j{at}: 1}}" for at in range(10_000)) + "]}")),
    "a matrix of 200,000 values": text(_matrix("{i: [" + ", ".join(map(str, range(150_000))) + "]}")),
    "400 flawed templates": text(_many(400, "{id: 'a b-${{ matrix.i }}-@', command: ls, matrix: {i: {range: 50}}, required_slots: '${{ matrix.i - 9 }}'}")),
    "400 templates whose last task is flawed": text(_many(400, "{id: 'a@-${{ matrix.i }}', command: ls, matrix: {i: {range: 50}}, required_slots: '${{ 50 - matrix.i - 1 }}'}")),
    "3,000 templates whose last task is flawed": text(_many(3_000, "{id: 'a@-${{ matrix.i }}', command: ls, matrix: {i: {range: 3}}, required_slots: '${{ 3 - matrix.i - 1 }}'}")),
    "3,000 templates with a bad expression": text(_many(3_000, "{id: 'a@-${{ matrix.i }}', command: 'ls ${{ matrix.j }}', matrix: {i: {range: 3}}}")),
    "100,000 tasks alike in id": text(_matrix("{j: {range: 300}, i: {range: 300}}")),
    "5,000 unknown dependencies": text(_many(5_000, "{id: t@, command: ls, depends_on: [s@]}")),
    "one task with 50,000 unknown dependencies": text(task(f"depends_on: [{', '.join(f'task{at}' for at in range(50_000))}]")),
    "10,000 tasks with the same id": text(_many(10_000, "{id: t, command: ls}")),
    "10,000 wrong ids": text(_many(10_000, "{id: 'a b', command: ls}")),
    "a circle of 10,000 tasks": text(lambda: _circle(10_000)),
    "10,000 tasks that wait for themselves": text(_many(10_000, "{id: t@, command: ls, depends_on: [t@]}")),
    "1,000 tasks that wait for a group of 1,000": text(_many(1_000, "{id: t@, name: all, command: ls, depends_on: [all]}")),
    "6,000 tasks that wait for a group of 6,000": text(_many(6_000, "{id: t@, name: all, command: ls, inputs: [{task: all}]}")),
    "6,000 tasks that wait for all before by range": text(_many(6_000, "{id: '@', command: ls, depends_on: [{start: 0, end: 100000}]}")),
    "a group of 50,000 that 5,000 wait for": text(tasks([
        "{id: 'a-${{ matrix.i }}', name: all, command: ls, matrix: {i: {range: 50000}}}",
        *(f"{{id: t{at}, command: ls, inputs: [{{task: all}}]}}" for at in range(5_000))])),
    "10,000 targets": text(lambda: _targets(10_000, "{name: a}")),
    "2,000 targets, each with an error": text(lambda: _targets(2_000, "{pool: {nope: 1}}")),
    "2,000 targets that replace 400 bytes each": text(lambda: _targets(2_000, "{tasks: [{id: b, run: '" + "x" * 400 + "'}]}")),
    "50 targets of 400 tasks": text(lambda: _many(400, "{id: t@, command: ls}") + "targets:\n" + "".join(f"  t{at}: {{job: {{priority: {at}}}}}\n" for at in range(50))),
    "50 targets of 900 tasks and a flaw": text(lambda: _many(900, "{id: t@, command: ls}") + "  - {id: x, comand: ls}\ntargets:\n" + "".join(f"  t{at}: {{job: {{priority: {at}}}}}\n" for at in range(50))),
    "50 targets of 900 flawed tasks": text(lambda: _many(900, "{id: 'a b@', comand: ls}") + "targets:\n" + "".join(f"  t{at}: {{job: {{priority: {at}}}}}\n" for at in range(50))),
    "a target of 30,000 tasks": text(lambda: _many(30_000, "{id: t@, command: ls}") + "targets: {a: {job: {priority: 1}}}\n"),
    "300 different expressions of 99 operators": text(_many(300, "{id: t@, command: 'ls ${{ params.a@" + " | abs" * 97 + " }}'}")),
    "4,000 different expressions of 30 operators": text(_many(4_000, "{id: t@, command: 'ls ${{ params.a@" + " | abs" * 29 + " }}'}")),
    "20,000 expressions that differ": text(_many(20_000, "{id: t@, command: 'ls ${{ 1.@ + 1 }}'}")),
    "50 targets of aliases": text(lambda: _bomb_with_targets()),
    "200 targets of 2,000 tasks": text(lambda: _many(2_000, "{id: t@, command: ls}") + "targets:\n" + "".join(f"  t{at}: {{job: {{priority: {at}}}}}\n" for at in range(200))),
    "10,000 targets of nothing": text(lambda: _targets(10_000, "null")),
    "5,000 keys that are nearly known": text(lambda: _near(5_000)),
    "50,000 keys that are nearly known": text(lambda: _near(50_000)),
    "20,000 tasks that are no mappings": text(_many(20_000, "x@")),
    "20,000 tasks with an unknown key": text(_many(20_000, "{id: t@, comand: ls}")),
    "20,000 tasks without anything": text(_many(20_000, "{}")),
    "20,000 tasks with a command for a shell": text(_many(20_000, "{id: t@, command: 'a | b'}")),
    "100,000 empty lists as tasks": text(_many(100_000, "[]")),
    "100,000 keys of an environment": text(task("environment: {" + ", ".join(f"a{at}: 1" for at in range(60_000)) + "}")),
    "100,000 bad values of an environment": text(task("environment: {" + ", ".join(f"a{at}: []" for at in range(60_000)) + "}")),
    "10,000 missing inputs": text(task("inputs: [" + ", ".join(f"{{path: nope{at}}}" for at in range(10_000)) + "]")),
    "10,000 inputs at one place": text(task("inputs: [" + ", ".join("{url: 'https://x/y'}" for at in range(10_000)) + "]")),
    "10,000 inputs that leave": text(task("inputs: [" + ", ".join(f"{{path: ../{at}}}" for at in range(10_000)) + "]")),
    "10,000 outputs outside": text(task("outputs: [" + ", ".join(f"{{path: ../{at}}}" for at in range(10_000)) + "]")),
    "2,000 signed links": text(task("inputs: [" + ", ".join(f"{{url: 'https://x.blob.core.windows.net/y{at}?sig=abcdefghijkl'}}" for at in range(10_000)) + "]")),
    "a url of 1 MB": text(task(f"inputs: [{{url: 'https://x/{'a/' * (MB // 2)}'}}]")),
    "a url that is none": text(task("inputs: [{url: 'https://[x/y'}, {url: 'https://[::1/y'}, {url: 'https://a\u2100b/y'}]")),
    "an enum of 50,000": text(HEAD + f"parameters: {{a: {{enum: [{', '.join(f'v{at}' for at in range(50_000))}], default: v}}}}\n" + POOL + JOB + TASKS + TASK),
    **{f"everywhere: {name}": text(_everywhere(value)) for name, value in _VALUES.items()},
    "a script of 1 MB": text(task(f"run: '{'echo x; ' * 100_000}'").replace("command: ls, ", "")),
    "a command of 1 MB": text(tasks([f"{{id: a, command: '{'x ' * (MB // 2)}'}}"])),
    "a command of 500,000 words": text(tasks([f"{{id: a, command: [{'x, ' * 300_000}]}}"])),
    "a command of quotes": text(tasks([f"{{id: a, command: \"{chr(39) * MB}\"}}"])),
    "a formula of brackets": text(_formula("(" * 500_000)),
    "a formula of minuses": text(_formula("$TargetDedicatedNodes = " + "-" * 500_000 + "1;")),
    "a formula of statements": text(_formula("$TargetDedicatedNodes = 1;" * 30_000)),
    "a formula of conditions": text(_formula("$TargetDedicatedNodes = " + "1 ? 1 : " * 60_000 + "1;")),
    "a formula of unknown names": text(_formula("$TargetDedicatedNodes = " + " + ".join(f"$Nope{at}" for at in range(30_000)) + ";")),
    "a formula of own names": text(_formula("".join(f"a{at} = 1;" for at in range(40_000)))),
    "a formula of calls": text(_formula("$TargetDedicatedNodes = " + "avg(" * 60_000 + "1" + ")" * 60_000 + ";")),
    "a formula of digits": text(_formula("$TargetDedicatedNodes = " + "9" * 500_000 + ";")),
    "a formula of comments": text(_formula("//" * 500_000)),
}  # fmt: skip

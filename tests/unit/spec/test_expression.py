"""`${{ }}`: what it gives, what it refuses, and that it stays small whatever a stranger writes."""

from __future__ import annotations

import re
from typing import Any

import jinja2
import pytest
from hypothesis import given, strategies as st

from batchspec.spec import expression
from batchspec.spec.expression import MAX_RESULT, BadExpression, Piece, evaluate, pieces
from batchspec.spec.sandbox import LONGEST, METHODS, NAMES, Sandbox, environment

CONTEXTS: dict[str, dict[str, Any]] = {
    "params": {"date": "2020-01-01", "n": 4, "half": 0.5, "flag": True, "none": None, "items": "not a method"},
    "matrix": {"i": 2},
    "env": {"HOME": "/root"},
}

GIVES = {
    "plain": ("no expression", "no expression"),
    "whole keeps its type": ("${{ params.n }}", 4),
    "whole float": ("${{ params.half }}", 0.5),
    "whole flag": ("${{ params.flag }}", True),
    "whole null": ("${{ params.none }}", None),
    "in a text": ("a-${{ params.n }}-${{ params.flag }}", "a-4-true"),
    "arithmetic": ("${{ params.n * 2 + matrix.i }}", 10),
    "comparison": ("${{ params.n > 3 and not params.flag }}", False),
    "condition": ("${{ 'big' if params.n > 3 else 'small' }}", "big"),
    "joined": ("${{ params.date ~ '-' ~ params.n }}", "2020-01-01-4"),
    "method": ("${{ params.date.removeprefix('2020-') }}", "01-01"),
    "filter": ("${{ params.date | replace('-', '') }}", "20200101"),
    "item": ("${{ params['date'][:4] }}", "2020"),
    "default of what is not there": ("${{ params.nope | default('x') }}", "x"),
    "default null": ("${{ env.NOPE | default(null) }}", None),
    "default not needed": ("${{ env.HOME | default('x') }}", "/root"),
    "a parameter named as a method": ("${{ params.items | upper }}", "NOT A METHOD"),
    "shell and braces alone": ("$X ${Y} {{ z }} $(w)", "$X ${Y} {{ z }} $(w)"),
    "over lines": ("${{\n  params.n\n}}", 4),
}


@pytest.mark.parametrize(("text", "value"), GIVES.values(), ids=GIVES)
def test_an_expression_gives_this_value(text: str, value: Any) -> None:
    made = evaluate(text, CONTEXTS)

    assert made == value
    assert type(made) is type(value)


REFUSED = {
    "unknown parameter": "${{ params.nope }}",
    "unknown context": "${{ secrets.key }}",
    "not closed": "${{ params.n",
    "not closed after another": "${{ params.n }} ${{",
    "nested": "${{ a ${{ params.n }} }}",
    "null in a text": "a${{ params.none }}",
    "a list": "${{ [1, 2] }}",
    "a context": "${{ params }}",
    "a method": "${{ params.date.upper }}",
    "a statement": "${{ params.n; 1 }}",
    "empty": "${{ }}",
    "division by zero": "${{ 1 / 0 }}",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_gives_no_single_value_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(BadExpression) as caught:
        evaluate(text, CONTEXTS)

    assert caught.value.code == "BS207"
    assert text[caught.value.start :].startswith("${{")


def test_an_unset_variable_has_a_code_of_its_own() -> None:
    with pytest.raises(BadExpression) as caught:
        evaluate("${{ env.NOPE }}", CONTEXTS)

    assert caught.value.code == "BS214"


ATTACKS = {
    "class": "${{ ''.__class__ }}",
    "class by item": "${{ ''['__class__'] }}",
    "class by filter": "${{ '' | attr('__class__') }}",
    "subclasses": "${{ ''.__class__.__mro__[1].__subclasses__() }}",
    "init of a context": "${{ params.__init__.__globals__ }}",
    "item of a context by dunder": "${{ params['__class__'] }}",
    "method of a context": "${{ params.pop('n') }}",
    "update of a context": "${{ params.update({'n': 5}) }}",
    "the environment's own attributes": "${{ env._environ }}",
    "the environment's log": "${{ env.used }}",
    "self": "${{ self.__init__ }}",
    "the template": "${{ self._TemplateReference__context }}",
    "cycler": "${{ cycler.__init__.__globals__ }}",
    "lipsum": "${{ lipsum.__globals__ }}",
    "namespace": "${{ namespace() }}",
    "range": "${{ range(10) | length }}",
    "format": "${{ '{0.__class__}'.format(1) }}",
    "format map": "${{ '{a.__class__}'.format_map({'a': 1}) }}",
    "percent": "${{ '%1000000000d' % 1 }}",
    "percent of a dict": "${{ '%(a)s' % {'a': 1} }}",
    "encode": "${{ 'a'.encode() | length }}",
    "join": "${{ ','.join(['a', 'b']) }}",
    "center": "${{ 'a'.center(10 ** 9) }}",
    "ljust": "${{ 'a'.ljust(10 ** 9) | length }}",
    "zfill": "${{ 'a'.zfill(10 ** 9) }}",
    "repeated text": "${{ 'a' * 10 ** 9 }}",
    "repeated text by its left": "${{ 10 ** 9 * 'a' }}",
    "repeated list": "${{ ([0] * 10 ** 9) | length }}",
    "repeated list by its left": "${{ (10 ** 9 * [0]) | length }}",
    "power": "${{ 10 ** 10 ** 10 }}",
    "power of powers": "${{ ((10 ** 6) ** 64) ** 64 }}",
    "power of a negative": "${{ 2 ** -1 ** 0.5 }}",
    "replaced twice": "${{ ('a' * 1000) | replace('a', 'b' * 1000) | replace('b', 'c' * 1000) }}",
    "replaced nothing": "${{ ('a' * 900000) | replace('', 'b' * 900000) }}",
    "joined": "${{ ('a' * 900000) ~ ('a' * 900000) }}",
    "added": "${{ ('a' * 900000) + ('a' * 900000) }}",
    "digits of a base": "${{ ('z' * 4000) | int(0, 36) }}",
    "digits of base 32": "${{ ('v' * 900000) | int(0, 32) }}",
    "rounded to a million digits": "${{ 1 | round(10 ** 7, 'ceil') }}",
    "nested parentheses": "${{ " + "(" * 900 + "1" + ")" * 900 + " }}",
    "nested lists": "${{ " + "[" * 900 + "]" * 900 + " }}",
    "nested minus": "${{ " + "-" * 1900 + "1 }}",
    "nested not": "${{ " + "not " * 480 + "1 }}",
    "nested conditions": "${{ " + "1 if 0 else " * 160 + "x.y }}",
    "a long chain": "${{ params" + "['n']" * 380 + " }}",
    "a long source": "${{ " + "1 + " * 500_000 + "1 }}",
    "import": "${{ __import__('os') }}",
    "a block": "${{ 1 %}{% for x in params %}{{ x }}{% endfor %}{{ 1 }}",
    "a comment": "${{ 1 #}{{ 2 }}",
    "a generator": "${{ params | map('upper') | list }}",
    "debug": "${{ params | pprint }}",
    "xmlattr": "${{ {'a': 1} | xmlattr }}",
}


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_ends_as_a_finding(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    largest = 0
    bounded = Sandbox.bounded

    def watched(value: Any) -> Any:
        nonlocal largest
        largest = max(largest, len(value) if isinstance(value, str) else 0)
        return bounded(value)

    monkeypatch.setattr(Sandbox, "bounded", staticmethod(watched))
    with pytest.raises(BadExpression) as caught:
        evaluate(text, CONTEXTS)

    assert caught.value.code == ("BS214" if "env." in text else "BS207")
    assert largest <= 2 * LONGEST


def test_every_filter_is_bounded_or_cannot_grow_its_input() -> None:
    sandbox = environment()

    assert set(sandbox.filters) == set(NAMES)
    assert sandbox.globals == {"null": None}
    assert all(hasattr(str, name) for name in METHODS)


def test_the_results_of_a_text_are_bounded_together() -> None:
    with pytest.raises(BadExpression, match=f"{MAX_RESULT:,}"):
        evaluate("${{ 'a' * 900000 }} ${{ 'a' * 900000 }}", CONTEXTS)


def test_a_source_is_bounded_before_anything_reads_it() -> None:
    with pytest.raises(BadExpression, match="2,000 characters"):
        evaluate("${{ " + "1 + " * 1000 + "1 }}", CONTEXTS)


# What makes a result secret: `hidden` are the parameters whose default came from the environment.
SECRET = {
    "env.A": True,
    "params.a": False,
    "params.key": True,
    "params . key": True,
    "params['key']": True,
    "params | string": True,
    "matrix.key": False,
    "myenv.A": False,
    "1 + params.a": False,
    "params.a ~ env . A": True,
}


@pytest.mark.parametrize(("source", "secret"), SECRET.items())
def test_what_the_environment_had_a_part_in_is_secret(source: str, secret: bool) -> None:
    assert Piece(source, 0, 0).is_secret({"key"}) is secret


names = st.sampled_from(["date", "n", "items", "get", "keys", "x1", "_y", "true", "none", "if"])
single = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False), st.text(max_size=10)
)


@given(
    st.dictionaries(names, single),
    names,
    st.sampled_from(["", " | default('d')", '|default( "d" )', " | default(null)", "| default('')"]),
)
def test_a_plain_reference_and_jinja_agree(values: dict[str, Any], name: str, fallback: str) -> None:
    def outcome(text: str) -> Any:
        try:
            return evaluate(text, {"params": values})
        except BadExpression as error:
            return error.code

    plain = outcome(f"${{{{ params.{name}{fallback} }}}}")
    through_jinja = outcome(f"${{{{ (params.{name}{fallback}) }}}}")

    assert expression._REFERENCE.fullmatch(f" params.{name}{fallback} ")
    assert not expression._REFERENCE.fullmatch(f" (params.{name}{fallback}) ")
    assert (plain, type(plain)) == (through_jinja, type(through_jinja))


@given(st.text(alphabet="${} ab'\"|.[]()+-*/%~,:0123456789\n_paramsn", max_size=60))
def test_evaluate_gives_a_single_value_or_says_what_is_wrong(text: str) -> None:
    outcome: Any
    try:
        outcome = evaluate(text, CONTEXTS)
    except BadExpression as error:
        outcome = text[error.start : error.end]
        faulty = True
    else:
        faulty = False

    assert outcome.startswith("${{") if faulty else outcome is None or isinstance(outcome, (bool, int, float, str))


@given(st.lists(st.sampled_from(["a", "${{ params.n }}", "$", "{{", "}}", "\n"])).map("".join))
def test_the_pieces_of_a_text_are_its_expressions(text: str) -> None:
    try:
        found = pieces(text)
    except BadExpression:
        return
    assert [text[piece.start : piece.end] for piece in found] == re.findall(r"\$\{\{.*?\}\}", text, re.DOTALL)


def test_jinja_is_not_needed_for_plain_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jinja2, "Undefined", None)
    monkeypatch.setattr(expression, "_environment", None)

    assert evaluate("${{ params.n }} ${{ env.NOPE | default('x') }}", CONTEXTS) == "4 x"

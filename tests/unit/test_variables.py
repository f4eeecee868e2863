"""The environment's variables, each as it is declared."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import variables
from config.variables import ALL, Variable
from tests.support.variables import EXAMPLE, OPERATIONS, example, table

Any_ = Variable[Any]


def each(values: str) -> list[Any]:
    """The declared examples of each variable."""
    return [
        pytest.param(one, value, id=f"{one.name}={value}")
        for one in ALL
        for value in getattr(one.kind, values)
    ]


def test_every_declaration_is_in_a_group():
    declared = {name for name, value in vars(variables).items() if isinstance(value, Variable)}
    assert declared == {variable.name for variable in ALL}
    assert len(ALL) == len(declared)


@pytest.mark.parametrize("variable", ALL, ids=lambda variable: variable.name)
def test_the_default_is_what_would_be_written(variable: Any_):
    assert variable.read({}) == variable.read({variable.name: variable.default})
    assert variable.read({variable.name: " "}) == variable.read({})


def test_a_default_may_depend_on_other_variables():
    assert variables.TRUSTED_PROXIES.read({}, "2") == 2
    assert variables.TRUSTED_PROXIES.read({"TRUSTED_PROXIES": "0"}, "2") == 0


@pytest.mark.parametrize(("variable", "value"), each("good"))
def test_what_is_accepted(variable: Any_, value: str):
    variable.read({variable.name: value})


@pytest.mark.parametrize(("variable", "value"), each("bad"))
def test_what_is_refused(variable: Any_, value: str):
    with pytest.raises(ImproperlyConfigured) as caught:
        variable.read({variable.name: value})
    assert str(caught.value).startswith(variable.name)
    assert str(caught.value).endswith(".")


def test_whoever_has_bounds_is_refused_beyond_them():
    bounded = [(one, *one.kind.bounds) for one in ALL if one.kind.bounds]
    assert len(bounded) > 5
    for variable, least, most in bounded:
        assert variable.read({variable.name: f"{least}"}) == least
        assert variable.read({variable.name: f"{most}"}) == most


def test_the_example_of_an_environment():
    """`make variables` writes it."""
    assert EXAMPLE.read_text() == example()


@pytest.mark.parametrize("language", OPERATIONS)
def test_the_table_of_variables(language: str):
    """`make variables` writes it."""
    assert table(language) in OPERATIONS[language].read_text()


def test_what_the_example_gives_is_accepted():
    for variable in ALL:
        if variable.example:
            variable.read({variable.name: variable.example})

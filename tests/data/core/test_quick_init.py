"""Records with a quick ``__init__`` behave as the dataclasses that they are."""

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from rsica_data.core.quick_init import quick_init


@dataclass(frozen=True, slots=True)
class Plain:
    name: str
    number: int = 3
    values: dict = field(default_factory=dict)
    text: str = field(default="x", repr=False)


@quick_init
@dataclass(frozen=True, slots=True)
class Quick:
    name: str
    number: int = 3
    values: dict = field(default_factory=dict)
    text: str = field(default="x", repr=False)


def test_arguments_defaults_and_signature_are_those_of_the_dataclass():
    assert str(inspect.signature(Quick)) == str(inspect.signature(Plain))
    made, other = Quick("a"), Quick("a", number=3, text="x")
    assert made == other and repr(made) == "Quick(name='a', number=3, values={})"
    assert made.values is not other.values
    assert replace(made, number=4).number == 4
    assert pickle.loads(pickle.dumps(made)) == made and copy.deepcopy(made) == made


@pytest.mark.parametrize("given", [((), {}), (("a", 1, {}, "x", 5), {}), (("a",), {"other": 1})])
def test_wrong_arguments_are_told_in_the_same_words(given):
    errors = []
    for kind in (Plain, Quick):
        with pytest.raises(TypeError) as error:
            kind(*given[0], **given[1])
        errors.append(str(error.value).replace(kind.__name__, ""))
    assert errors[0] == errors[1]


def test_a_record_stays_frozen():
    with pytest.raises(FrozenInstanceError):
        Quick("a").name = "b"


def test_a_record_is_of_its_class_and_nothing_of_another_one_is_seen():
    made = Quick("a")
    assert type(made) is Quick and isinstance(made, Quick) and type(made).__mro__ == (Quick, object)
    assert not hasattr(made, "__dict__")


def test_a_class_with_fields_of_another_one_is_refused():
    @dataclass(frozen=True, slots=True)
    class Longer(Plain):
        more: int = 0

    with pytest.raises(TypeError, match="no plain record"):
        quick_init(Longer)


def test_a_class_that_does_more_as_it_is_made_is_refused():
    @dataclass(frozen=True, slots=True)
    class Checked:
        name: str

        def __post_init__(self):
            raise ValueError

    with pytest.raises(TypeError, match="no plain record"):
        quick_init(Checked)

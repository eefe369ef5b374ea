"""Decision diagrams of very many variables."""

from pysetup.standards.diagrams import FALSE, TRUE, Diagrams, Variable, deep_diagrams

MANY = 1500


def test_conditions_of_very_many_variables_need_no_stack_of_c() -> None:
    diagrams = Diagrams()
    variables = [Variable(1, f"extra{number:05}") for number in range(MANY)]
    with deep_diagrams(MANY):
        each = [diagrams.node(it, ("yes",), (TRUE, FALSE)) for it in variables]
        some, all_of_them = FALSE, TRUE
        for node in reversed(each):
            some = diagrams.either(node, some)
            all_of_them = diagrams.both(node, all_of_them)
        none = diagrams.negated(some)
        assert diagrams.both(all_of_them, none) is FALSE
        assert diagrams.both(all_of_them, some) is all_of_them
        assert diagrams.restricted(some, all_of_them) is TRUE
        last = variables[-1]
        left = diagrams.assigned(some, lambda it: None if it == last else "no")
        assert left is each[-1]
        assert len(diagrams.variables(some)) == MANY

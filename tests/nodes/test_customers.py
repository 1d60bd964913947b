"""Who on a call is of the other side."""

import pytest

from core.calls import Call, CrmReference, Party
from nodes.crm_sync.people import customers, domain


@pytest.mark.parametrize(
    ("party", "counts"),
    [
        (Party(affiliation="External"), True),
        (Party(affiliation="Internal", email="x@acme.example"), False),
        (Party(affiliation="Unknown"), False),
        (Party(affiliation="Unknown", email="erik@OURS.example"), False),
        (Party(affiliation="Unknown", email="ana@acme.example"), True),
        (Party(affiliation="Unknown", email="no address"), False),
        (Party(affiliation="Unknown", crm=(CrmReference(kind="contact", id="1"),)), True),
    ],
)
def test_a_customer_is_who_is_known_or_proved_not_to_be_ours(party: Party, counts: bool) -> None:
    ours = Party(affiliation="Internal", email="dana@ours.example")
    assert (party in customers(Call(id="1", parties=(ours, party)))) is counts


@pytest.mark.parametrize(
    ("email", "expected"),
    [(" Ana@Acme.Example ", "acme.example"), ("a@b@c.example", "c.example"), ("@", None), ("ana", None), (None, None)],
)
def test_the_domain_of_an_address(email: str | None, expected: str | None) -> None:
    assert domain(email) == expected

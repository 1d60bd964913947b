"""Which scopes a credential lacks: a switch, since every credential of a new sandbox has them all."""

from collections.abc import Collection

from sandbox.faults import Service


class Scopes:
    """Scopes withheld per service, by the service's own names for them."""

    def __init__(self) -> None:
        self._withheld: dict[str, frozenset[str]] = {}

    def withhold(self, service: Service, scopes: Collection[str]) -> None:
        """Takes exactly these scopes from the service's credential; an empty collection gives all back."""
        self._withheld[service] = frozenset(scopes)

    def missing(self, service: Service, needed: Collection[str]) -> list[str]:
        """Those of the needed scopes that the credential lacks, in order."""
        return sorted(self._withheld.get(service, frozenset()) & set(needed))

    def report(self) -> dict[str, list[str]]:
        """What is withheld, per service."""
        return {service: sorted(scopes) for service, scopes in self._withheld.items() if scopes}

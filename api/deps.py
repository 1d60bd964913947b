"""What a route may ask for."""

from typing import Annotated

from fastapi import Depends, Request

from api.wiring import Services


def services_of(request: Request) -> Services:
    """The services that the app was made with."""
    services: Services = request.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(services_of)]

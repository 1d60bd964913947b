"""Which scopes a request to HubSpot needs; notes and tasks have their own, apart from contacts."""

import re

from sandbox.hubspot.object_types import object_type

OBJECTS = re.compile(r"^/crm/v3/objects/(?P<one>[^/]+)")
LINKS = re.compile(r"^/crm/v4/objects/(?P<one>[^/]+)/[^/]+/associations/(?:default/)?(?P<two>[^/]+)")
LINK_BATCHES = re.compile(r"^/crm/v4/associations/(?P<one>[^/]+)/(?P<two>[^/]+)/batch/")
PROPERTIES = re.compile(r"^/crm/v3/properties/(?P<one>[^/]+)")
OTHERS = (("/crm/v3/owners", "crm.objects.owners.read"), ("/crm/v3/pipelines/deals", "crm.objects.deals.read"))


def needed_scopes(path: str, writes: bool) -> list[str]:
    """The scopes for one request by its path within HubSpot; none for what no scope guards."""
    action = "write" if writes else "read"
    for form, family in ((OBJECTS, "objects"), (LINKS, "objects"), (LINK_BATCHES, "objects"), (PROPERTIES, "schemas")):
        match = form.match(path)
        if match:
            types = (object_type(spelling) for spelling in match.groups())
            return sorted({f"crm.{family}.{type.name}.{action}" for type in types if type})
    return [scope for prefix, scope in OTHERS if path.startswith(prefix)]

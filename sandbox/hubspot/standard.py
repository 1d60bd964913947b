"""The properties that every portal has from the start: those of HubSpot's own that a sales team fills in."""

from typing import Any

from sandbox.store import Document

_STAMPS = "hs_createdate:datetime! hs_lastmodifieddate:datetime! hs_object_id:number!"
_ENGAGEMENT = f"{_STAMPS} hs_timestamp:datetime hubspot_owner_id:owner hs_attachment_ids:text"

_MERGED = "hs_merged_object_ids:text!"

_PROPERTIES = {
    "contacts": "email:text firstname:text lastname:text phone:text mobilephone:text jobtitle:text company:text "
    "website:text address:text city:text state:text zip:text country:text hs_timezone:text "
    "lifecyclestage:lifecyclestage hs_lead_status:hs_lead_status hubspot_owner_id:owner "
    "hubspot_owner_assigneddate:datetime! associatedcompanyid:number notes_last_contacted:datetime! "
    "notes_last_updated:datetime! notes_next_activity_date:datetime! hs_additional_emails:text hs_email_optout:bool "
    f"createdate:datetime lastmodifieddate:datetime! hs_object_id:number! {_MERGED}",
    "companies": "name:text domain:text website:text description:textarea phone:text address:text city:text state:text "
    "zip:text country:text industry:text numberofemployees:number annualrevenue:number type:companytype "
    "lifecyclestage:lifecyclestage hs_lead_status:hs_lead_status hubspot_owner_id:owner "
    "hs_parent_company_id:number notes_last_contacted:datetime! notes_last_updated:datetime! timezone:text "
    f"createdate:datetime hs_lastmodifieddate:datetime! hs_object_id:number! {_MERGED}",
    "deals": "dealname:text amount:number closedate:datetime dealstage:stage pipeline:pipeline dealtype:dealtype "
    "description:textarea hubspot_owner_id:owner hs_priority:priority hs_next_step:text closed_lost_reason:textarea "
    "closed_won_reason:textarea deal_currency_code:text hs_is_closed:bool! hs_is_closed_won:bool! "
    "hs_deal_stage_probability:number notes_last_contacted:datetime! notes_last_updated:datetime! "
    f"createdate:datetime hs_lastmodifieddate:datetime! hs_object_id:number! {_MERGED}",
    "notes": f"{_ENGAGEMENT} hs_note_body:textarea",
    "tasks": f"{_ENGAGEMENT} hs_task_subject:text hs_task_body:textarea hs_task_status:hs_task_status "
    "hs_task_priority:hs_task_priority hs_task_type:hs_task_type hs_task_reminders:text "
    "hs_task_completion_date:datetime!",
    "calls": f"{_ENGAGEMENT} hs_call_title:text hs_call_body:textarea hs_call_duration:number hs_call_status:text "
    "hs_call_direction:text hs_call_disposition:text hs_call_recording_url:text",
    "meetings": f"{_ENGAGEMENT} hs_meeting_title:text hs_meeting_body:textarea hs_meeting_start_time:datetime "
    "hs_meeting_end_time:datetime hs_meeting_outcome:text hs_meeting_location:text hs_meeting_external_url:text",
}
"""`name:kind` of each; a `!` marks what only HubSpot itself writes."""

_OPTIONS = {
    "lifecyclestage": "subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer evangelist other",
    "hs_lead_status": "NEW OPEN IN_PROGRESS OPEN_DEAL UNQUALIFIED ATTEMPTED_TO_CONTACT CONNECTED BAD_TIMING",
    "companytype": "PROSPECT PARTNER RESELLER VENDOR OTHER",
    "dealtype": "newbusiness existingbusiness",
    "priority": "low medium high",
    "hs_task_status": "COMPLETED DEFERRED IN_PROGRESS NOT_STARTED WAITING",
    "hs_task_priority": "NONE LOW MEDIUM HIGH",
    "hs_task_type": "EMAIL CALL TODO LINKED_IN LINKED_IN_CONNECT LINKED_IN_MESSAGE MEETING",
}

_FIELDS = {
    "text": ("string", "text"),
    "textarea": ("string", "textarea"),
    "number": ("number", "number"),
    "datetime": ("datetime", "date"),
    "bool": ("bool", "booleancheckbox"),
}
"""Kind -> type and fieldType; every other kind is an enumeration to select from."""

ELSEWHERE = {"owner": "OWNER", "stage": None, "pipeline": None}
"""Kinds whose options are not in the definition but elsewhere: owners and pipelines."""

_LABELS = {
    "hubspot_owner_id": "Owner", "dealname": "Deal name", "closedate": "Close date", "dealstage": "Deal stage",
    "dealtype": "Deal type", "createdate": "Create date", "hs_createdate": "Create date", "firstname": "First name",
    "lastname": "Last name", "jobtitle": "Job title", "mobilephone": "Mobile phone number", "phone": "Phone number",
    "company": "Company name", "lifecyclestage": "Lifecycle stage", "hs_lastmodifieddate": "Last modified date",
    "lastmodifieddate": "Last modified date", "numberofemployees": "Number of employees",
    "annualrevenue": "Annual revenue", "hubspot_owner_assigneddate": "Owner assigned date",
    "associatedcompanyid": "Primary company", "notes_last_contacted": "Last contacted",
    "notes_last_updated": "Last activity date", "notes_next_activity_date": "Next activity date",
    "deal_currency_code": "Currency", "hs_object_id": "Record ID", "numberofunits": "Number of units",
    "hs_task_subject": "Task title", "hs_task_body": "Task notes", "hs_timestamp": "Due date",
}  # fmt: skip
"""What people read for a name whose words run together, or that says something else."""

_OPTION_LABELS = {
    "marketingqualifiedlead": "Marketing qualified lead", "salesqualifiedlead": "Sales qualified lead",
    "newbusiness": "New business", "existingbusiness": "Existing business",
}  # fmt: skip

_UNIQUE = {("contacts", "email")}


def standard_group(type: str) -> str:
    """The name of the group that HubSpot's own properties of this type are in."""
    return {"contacts": "contactinformation", "companies": "companyinformation", "deals": "dealinformation"}.get(
        type, "engagement"
    )


def standard_properties(type: str) -> dict[str, Document]:
    """HubSpot's own properties of a type, by name, as the properties API returns them."""
    found = (word.partition(":") for word in _PROPERTIES[type].split())
    return {name: _definition(type, name, kind.rstrip("!"), kind.endswith("!")) for name, _, kind in found}


def custom_property(type: str, name: str) -> Document:
    """The definition of a property that only the data know: plain text."""
    return {**_definition(type, name, "text", False), "hubspotDefined": False}


def option(value: str, order: int) -> Document:
    """One option of an enumeration, labelled after its value."""
    label = _OPTION_LABELS.get(value, value.replace("_", " ").capitalize())
    return {"label": label, "value": value, "displayOrder": order, "hidden": False}


def _definition(type: str, name: str, kind: str, read_only: bool) -> Document:
    wire_type, field_type = _FIELDS.get(kind, ("enumeration", "select"))
    definition: dict[str, Any] = {
        "name": name,
        "label": _LABELS.get(name, name.removeprefix("hs_").replace("_", " ").capitalize()),
        "type": wire_type,
        "fieldType": field_type,
        "groupName": standard_group(type),
        "description": "",
        "options": [option(value, order) for order, value in enumerate(_OPTIONS.get(kind, "").split())],
        "displayOrder": -1,
        "hasUniqueValue": (type, name) in _UNIQUE,
        "hidden": False,
        "hubspotDefined": True,
        "calculated": False,
        "externalOptions": kind in ELSEWHERE,
        "archived": False,
        "formField": not read_only,
        "modificationMetadata": {"archivable": False, "readOnlyDefinition": True, "readOnlyValue": read_only},
    }
    if ELSEWHERE.get(kind):
        definition["referencedObjectType"] = ELSEWHERE[kind]
    return definition

"""The message template: what Adobe makes of the profiles of one call, as a body that ingest reads.

Adobe renders it with Pebble. It is restricted to what Pebble and Jinja2 share (the tags `for` and `if`, `loop.last`,
filters and tests), so that `rendering` can render it here. Sources, in AdobeDocs/experience-platform.en under
help/destinations/destination-sdk: functionality/destination-server/message-format.md (profiles, aliases, iteration
over maps) and supported-functions.md (all filters of Pebble, few tags), testing-api/streaming-destinations/
render-template-api.md (`{{profile|raw}}` exports a profile as it is); Pebble's EscapeFilter (`strategy="json"`).

- Values are not quoted by the template. A profile is a JsonNode of Jackson, whose text is JSON, and `raw` prints it
  without HTML escaping. So every value keeps its type, its quotes and its line ends, and an unset one stays `{}`.
- Only the membership is rebuilt, because an audience's name is not in the profile. It is the alias: the card says
  that the mapping id is the audience's name. These texts use Pebble's JSON escaping.
"""

from typing import Literal

JsonFilter = Literal["raw", "toJson"]  # the second is in Adobe's create-audience-template.md only

_TEMPLATE = """\
{"profiles": [
{% for profile in input.profiles %}
  {
  {% if profile.attributes is not empty %}"attributes": {{ profile.attributes | JSON }},{% endif %}
  {% if profile.identityMap is not empty %}"identityMap": {{ profile.identityMap | JSON }},{% endif %}
  "segmentMembership": {
  {% for namespace in profile.segmentMembership %}
    "{{ namespace.key | TEXT }}": {
    {% for audience in namespace.value %}
      "{{ audience.key | TEXT }}": {
      {% if NAME is not empty %}"name": "{{ NAME | TEXT }}",{% endif %}
      {% if TIME is not empty %}"lastQualificationTime": "{{ TIME | TEXT }}",{% endif %}
      {% if UNTIL is not empty %}"validUntil": "{{ UNTIL | TEXT }}",{% endif %}
      "status": {% if STATUS is empty %}null{% else %}"{{ STATUS | TEXT }}"{% endif %}
      }{% if not loop.last %},{% endif %}
    {% endfor %}
    }{% if not loop.last %},{% endif %}
  {% endfor %}
  }
  }{% if not loop.last %},{% endif %}
{% endfor %}
]}
"""
_EXPRESSIONS = {
    "TEXT": 'escape(strategy="json")',
    "NAME": "destination.namespaceSegmentAliases[namespace.key][audience.key]",
    "TIME": "audience.value.lastQualificationTime",
    "UNTIL": "audience.value.validUntil",
    "STATUS": "audience.value.status",
}


def message_template(json_filter: JsonFilter = "raw") -> str:
    """Returns the template; `json_filter` is what prints a part of a profile as JSON."""
    template = _TEMPLATE.replace("JSON", json_filter)
    for placeholder, expression in _EXPRESSIONS.items():
        template = template.replace(placeholder, expression)
    return template

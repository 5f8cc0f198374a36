"""The floor of a page: the rows of a worklist by one query, their references by another, and a template written by hand for nothing else."""

from django.http import HttpResponse
from django.template import engines
from django.urls import include, path
from django.utils import timezone

from apps.deliveries import queries as deliveries
from apps.deliveries.models import Delivery
from apps.worklists import catalogue, queries

ROWS = 50
PAGE = """
<!doctype html><title>Unconfirmed</title>
<table>
  <thead><tr><th>Days left<th>Reference<th>State<th>Reporter<th>Channel<th>Received<th>In this state<th>In the case system</tr></thead>
  <tbody>
    {% for row in rows %}
      <tr>
        <td>{% if row.gone_at %}{{ row.gone_at|date:"d.m.Y" }}{% else %}–{% endif %}</td>
        <td><a href="/deliveries/{{ row.id }}/">{{ row.references.0.1 }}</a></td>
        <td>{{ row.state }}</td>
        <td>{{ row.reporter }}</td>
        <td>{{ row.channel }}</td>
        <td><time datetime="{{ row.first_at|date:'c' }}" title="{{ row.first_at|date:'d.m.Y H:i' }}">{{ row.first_at|date:"d.m.Y" }}</time></td>
        <td><time datetime="{{ row.since|date:'c' }}" title="{{ row.since|date:'d.m.Y H:i' }}">{{ row.since|date:"d.m.Y" }}</time></td>
        <td>{% if row.is_covered %}Missing{% else %}No data for the day yet{% endif %}</td>
      </tr>
    {% endfor %}
  </tbody>
</table>
"""


def unconfirmed(request):
    opened = Delivery.objects.visible_to(request.user).open()
    ordered = queries.listed(opened, worklist=catalogue.BY_SLUG["unconfirmed"], direction="inbound", covered=None, now=timezone.now())
    rows = list(deliveries.rows_of(ordered[:ROWS]))
    return HttpResponse(engines["django"].from_string(PAGE).render({"rows": rows}, request))


urlpatterns = [path("by-hand/", unconfirmed), path("", include("config.urls"))]

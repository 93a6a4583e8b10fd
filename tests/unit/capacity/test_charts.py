"""Charts: lines of the terminal, and Mermaid."""

from aep_moengage_cli.capacity.charts import mermaid, spark


def test_spark_shows_each_value_and_keeps_peaks() -> None:
    assert spark([0, 4, 8]) == " ▄█"
    assert spark([0, 0]) == "  "
    assert spark([]) == ""
    thinned = spark([0] * 500 + [9] + [0] * 500, width=20)
    assert (len(thinned), thinned.count("█")) == (20, 1)


def test_mermaid_is_a_chart_in_a_code_block() -> None:
    chart = mermaid("Backlog", "profiles", 2.0, [0, 10, 5])

    assert chart.splitlines()[:2] == ["```mermaid", "xychart-beta"]
    assert 'title "Backlog"' in chart
    assert 'x-axis "hours" 0 --> 2.0' in chart
    assert 'y-axis "profiles" 0 --> 10' in chart
    assert "line [0, 10, 5]" in chart

"""The overview: active recoveries, items that need attention, and recovered revenue."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard.shop.overview.column_charts import ChartColumn, axis_step, column_chart
from domain.statistics import Share, month_before, periods, weeks_until
from tests.builders import Built, a_customer, a_shop, an_appointment, insert
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.shop.scenes import RecoveryRows, a_busy_shop, a_closed_slot, a_recovered_slot, an_offered_slot
from views import recovery_counts, shop_now
from views.recovery_list import ListStatus


def test_slots_on_offer_are_first_with_their_countdown(desk: StaffBrowser, session: Session, salon: Built) -> None:
    scene = an_offered_slot(session, salon)
    page = desk.get("/app/").text
    now = page.partition("On offer now")[2].partition("Needs attention")[0]
    assert f"/app/slot-openings/{scene.slot.id}" in now
    assert "Asking Ana Silva until" in now
    assert 'class="countdown needs-script" data-until="' in now
    assert re.search(r'tile__number figures">1</span> On offer', page)


def test_a_quiet_shop_says_so(desk: StaffBrowser) -> None:
    page = desk.get("/app/").text
    assert "No slots are being offered." in page
    assert "Nothing needs your attention." in page
    assert "£0" in page


def test_alerts_and_texts_of_customers_are_counted_until_they_are_read(
    desk: StaffBrowser, session: Session, salon: Built
) -> None:
    insert(session, "notifications", shop_id=salon.id, kind="dispute", text="Ana disputes £20.")
    insert(session, "conversations", shop_id=salon.id, address="+447700900456", unread=2)
    insert(session, "notifications", shop_id=salon.id, kind="recovered", text="Sold again.")
    session.commit()
    page = desk.get("/app/").text
    assert re.search(r'tile__number figures">1</span> Unread texts', page)
    assert re.search(r'tile__number figures">1</span> Needs attention', page)
    assert "Ana disputes £20." in page.partition("Needs attention</h2>")[2]
    desk.post("/app/notifications/read", form="/app/notifications")
    assert "Nothing needs your attention." in desk.get("/app/").text


def test_an_alert_about_an_appointment_leads_to_it(desk: StaffBrowser, session: Session, salon: Built) -> None:
    booking = an_appointment(session, a_customer(session, salon))
    told = {"kind": "dispute", "text": "The payment is disputed.", "appointment_id": booking.id}
    insert(session, "notifications", shop_id=salon.id, **told)
    session.commit()
    assert f'<a href="/app/appointments/{booking.id}">The payment is disputed.</a>' in desk.get("/app/").text


def test_a_foreign_period_shows_the_month(desk: StaffBrowser) -> None:
    assert 'aria-current="true">This month' in desk.get("/app/?period=year").text
    assert 'aria-current="true">Last month' in desk.get("/app/?period=last-month").text


def test_another_shop_is_not_counted(desk: StaffBrowser, session: Session) -> None:
    a_busy_shop(session, a_shop(session, name="Theirs"))
    page = desk.get("/app/").text
    assert "No slots are being offered." in page
    assert "Somebody has to look." not in page


def test_the_days_and_shares_add_up(session: Session, salon: Built) -> None:
    scenes = [a_recovered_slot(session, salon, hours=hours, name=f"Ben {hours}") for hours in (2, 3)]
    lost = a_closed_slot(session, salon, hours=5)
    for scene, service in zip([*scenes, lost], ("Cut", "Colour", "Cut"), strict=True):
        _names_the_service(session, scene, service)
    now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    week, month = periods(now, "Europe/London")
    assert [one.first for one in weeks_until(week, 3)] == [week.first - timedelta(weeks=n) for n in (2, 1, 0)]
    found, days = recovery_counts.with_days(session, salon.id, week, week, zone="Europe/London")
    of = found.statistics
    assert (of.recovered, of.lost, of.offers) == (2, 1, 2)
    assert sum(day.money for day in days) == of.money_recovered
    assert (
        sum(one.money for one in found.services) == sum(one.money for one in found.performers) == of.money_recovered
    )
    assert {one.name: (one.recovered, one.lost) for one in found.services} == {"Cut": (1, 1), "Colour": (1, 0)}
    assert month_before(month).last == month.first - timedelta(days=1)


def _names_the_service(session: Session, scene: RecoveryRows, service: str) -> None:
    statement = """UPDATE appointments SET service = :service
                    WHERE id = (SELECT source_appointment_id FROM slot_openings WHERE id = :id)"""
    session.execute(text(statement), {"service": service, "id": scene.slot.id})
    session.commit()


def test_only_future_slots_are_under_way(session: Session, salon: Built) -> None:
    an_offered_slot(session, salon)
    now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    assert shop_now.shop_now(session, salon.id, now=now, limit=3).counts[ListStatus.OFFERING] == 1
    later = shop_now.shop_now(session, salon.id, now=now + timedelta(days=300), limit=3)
    assert (later.under_way, later.recoveries) == (0, [])


@pytest.mark.parametrize(("recovered", "lost", "rate"), [(0, 0, None), (1, 1, 50), (2, 1, 67), (0, 3, 0)])
def test_the_fill_rate_of_a_share(recovered: int, lost: int, rate: int | None) -> None:
    assert Share("Cut", recovered, lost, 0).fill_rate == rate


@pytest.mark.parametrize(
    ("highest", "step"), [(0, 1), (1, 1), (3, 1), (4, 1), (8, 2), (12, 2), (20, 5), (40, 10), (99, 20), (460, 100)]
)
def test_an_axis_has_round_steps(highest: int, step: int) -> None:
    assert axis_step(highest) == step


def test_an_axis_reaches_from_zero_to_above_the_highest_column() -> None:
    columns = [ChartColumn("a", (45_600,)), ChartColumn("b", (100, 200))]
    chart = column_chart("c", "Money", ("Recovered",), columns, shown=lambda value: f"£{value // 100}", unit=100)
    assert chart.ticks == [(value, f"£{value // 100}") for value in range(50_000, -1, -10_000)]
    assert not chart.empty
    assert column_chart("d", "None", ("x",), [ChartColumn("a", (0,))]).ticks == [(1, "1"), (0, "0")]


def test_the_bars_of_a_column_are_stacked_up_to_the_top() -> None:
    columns = [ChartColumn("4 Dec", (1, 0, 3))]
    chart = column_chart("c", "Slots", ("Recovered", "Lost", "Open"), columns)
    assert chart.bars(columns[0]) == [(1, 75.0, 25.0), (3, 0.0, 75.0)]
    assert chart.described(columns[0]) == "4 Dec: 1 recovered, 0 lost, 3 open"


def test_the_columns_of_a_chart_share_its_width_and_empty_ones_are_not_in_the_table() -> None:
    columns = [ChartColumn("4 Dec", (2,), link="/there"), ChartColumn("5 Dec", (0,))]
    chart = column_chart("c", "Slots", ("Recovered",), columns)
    assert list(chart.drawn()) == [
        ("/there", "4 Dec: 2", 0, 9, [(1, 0.0, 100.0)]),
        (None, "5 Dec: 0", 50, 59, []),
    ]
    assert (chart.width, chart.bar_width) == (50, 32)
    assert list(chart.rows()) == [(columns[0], [("Recovered", "2")])]

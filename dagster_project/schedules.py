"""When the day is run by the clock.

https://docs.dagster.io/guides/automate/schedules
"""

from datetime import timedelta

import dagster as dg

from dagster_project.abandoned_runs import end_abandoned_runs
from dagster_project.jobs import DAILY
from dagster_project.settings import Settings

#: Six in the morning, shop time: yesterday's files are there, and the shop is not at work yet.
MORNING = "0 6 * * *"


def daily_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Runs yesterday, the last closed business day, every morning in shop time."""
    zone = settings.zone

    @dg.schedule(
        name="daily_schedule",
        job_name=DAILY,
        cron_schedule=MORNING,
        execution_timezone=str(zone),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every morning: the day that has just ended.",
    )
    def morning(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        end_abandoned_runs(context.instance, settings)  # one of them would keep this day waiting
        yesterday = context.scheduled_execution_time.astimezone(zone).date() - timedelta(days=1)
        return dg.RunRequest(run_key=f"daily-{yesterday}", partition_key=yesterday.isoformat())

    return morning

"""Asset checks that are not dbt tests: they warn, they do not hold anything back.

https://docs.dagster.io/guides/test/asset-checks
"""

import dagster as dg

from dagster_project.intake.pending import control_problems
from dagster_project.settings import DEFAULT_HASH_KEY, Settings


def quality_checks(settings: Settings) -> list[dg.AssetChecksDefinition]:
    """All checks of this module."""

    @dg.asset_check(
        asset=dg.AssetKey(["published", "lifecycle"]),
        name="pseudonyms_have_a_secret_key",
        description="The ids in the published file are made with a key that only this shop knows.",
    )
    def pseudonyms_have_a_secret_key() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            passed=settings.hash_key != DEFAULT_HASH_KEY,
            severity=dg.AssetCheckSeverity.WARN,
            description="Set LIFECYCLE_HASH_KEY to a long random text and keep it: whoever knows the key"
            " can test whether an e-mail address is among the customers.",
        )

    @dg.asset_check(
        asset=dg.AssetKey(["published", "lifecycle"]),
        name="exports_add_up",
        description="The money in an export is that taken from it and left out, and its own total.",
    )
    def exports_add_up() -> dg.AssetCheckResult:
        problems = control_problems(settings)
        told = "; ".join(f"{export}: {problem}" for export, problem in problems.items())
        return dg.AssetCheckResult(
            passed=not problems, severity=dg.AssetCheckSeverity.WARN, description=told or None
        )

    return [pseudonyms_have_a_secret_key, exports_add_up]

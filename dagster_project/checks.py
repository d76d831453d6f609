"""Asset checks that are not dbt tests: they warn, they do not hold anything back.

https://docs.dagster.io/guides/test/asset-checks
"""

import dagster as dg

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

    return [pseudonyms_have_a_secret_key]

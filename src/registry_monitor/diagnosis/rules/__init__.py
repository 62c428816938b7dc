"""The rules: each looks at the evidence for one family of faults, and says what is wrong. Pure, and small."""

from collections.abc import Callable, Iterator

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.rules import (
    applications,
    certificates,
    changes,
    deployments,
    listening,
    monitor_account,
    monitor_itself,
    monitor_place,
    names,
    network,
    routing,
    services,
    stores,
    subnets,
    target_groups,
    task_starts,
)
from registry_monitor.diagnosis.suspect import Suspect

type Rule = Callable[[Evidence], Iterator[Suspect]]

# Of derived suspects that explain as much, the one that stands first is taken: the particular before the general.
RULES: tuple[Rule, ...] = (
    monitor_itself.key_refused,
    monitor_itself.cannot_read,
    monitor_itself.cannot_get_its_keys,
    monitor_itself.cannot_reach,
    monitor_place.refused,
    monitor_place.elsewhere,
    monitor_place.out_of_time,
    monitor_account.role_not_assumed,
    monitor_account.network_apart,
    names.records,
    certificates.shown,
    routing.balancers,
    routing.routes,
    services.absent,
    services.registered,
    deployments.not_ending,
    deployments.rolled_back,
    task_starts.failing,
    task_starts.references,
    listening.addresses,
    target_groups.health_checks,
    network.edges,
    subnets.acls,
    subnets.routes,
    subnets.egress,
    stores.redis,
    stores.database,
    stores.bucket,
    stores.passwords,
    stores.task_roles,
    applications.allowed_hosts,
    applications.own_words,
    applications.switched_off,
    changes.variables,
    applications.doors,
    applications.auth_itself,
    target_groups.single_targets,
    deployments.failed,
)

"""The fields of Kubernetes' own types that charts fill into manifests as they are, by the name that charts give them.

From the API of Kubernetes 1.36 (k8s.io/api: core/v1, apps/v1, policy/v1); `tests/upstream` holds them to its schemas.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Fields: TypeAlias = "Mapping[str, Fields | None]"
"""The fields of a type: each with its own, or None where nothing is said of what stands there."""


def _free(names: str) -> dict[str, Fields | None]:
    return dict.fromkeys(names.split())


# Names of resources without a domain (kubernetes.io/docs/concepts/configuration/manage-resources-containers).
RESOURCE_NAMES: Fields = _free("cpu memory ephemeral-storage storage")

RESOURCES: Fields = {"limits": RESOURCE_NAMES, "requests": RESOURCE_NAMES, "claims": None}

_PROFILE: Fields = _free("type localhostProfile")
_SE_LINUX: Fields = _free("user role type level")
_WINDOWS: Fields = _free("gmsaCredentialSpecName gmsaCredentialSpec runAsUserName hostProcess")
_SHARED: dict[str, Fields | None] = {
    **_free("runAsUser runAsGroup runAsNonRoot"),
    "seLinuxOptions": _SE_LINUX,
    "windowsOptions": _WINDOWS,
    "seccompProfile": _PROFILE,
    "appArmorProfile": _PROFILE,
}
CONTAINER_SECURITY: Fields = {
    **_SHARED,
    **_free("privileged readOnlyRootFilesystem allowPrivilegeEscalation procMount"),
    "capabilities": _free("add drop"),
}
POD_SECURITY: Fields = {
    **_SHARED,
    **_free("supplementalGroups supplementalGroupsPolicy fsGroup fsGroupChangePolicy seLinuxChangePolicy sysctls"),
}

PROBE: Fields = {
    "exec": _free("command"),
    "httpGet": _free("path port host scheme httpHeaders"),
    "tcpSocket": _free("port host"),
    "grpc": _free("port service"),
    **_free("initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold"),
    **_free("terminationGracePeriodSeconds"),
}

_WHEN = "requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution"
AFFINITY: Fields = {
    "nodeAffinity": {**_free(_WHEN), "requiredDuringSchedulingIgnoredDuringExecution": _free("nodeSelectorTerms")},
    "podAffinity": _free(_WHEN),
    "podAntiAffinity": _free(_WHEN),
}

# Both of a Deployment, and those of a StatefulSet and a DaemonSet.
STRATEGY: Fields = {"type": None, "rollingUpdate": _free("maxSurge maxUnavailable partition")}

DISRUPTION_BUDGET: Fields = _free("minAvailable maxUnavailable unhealthyPodEvictionPolicy selector")

CLAIM: Fields = {
    **_free("accessModes selector volumeName storageClassName volumeMode dataSource dataSourceRef"),
    **_free("volumeAttributesClassName"),
    "resources": dict.fromkeys(("limits", "requests"), RESOURCE_NAMES),
}
CLAIM_TEMPLATE: Fields = {**_free("apiVersion kind metadata status"), "spec": CLAIM}

# A chart's `securityContext` may be a pod's or a container's.
_BY_NAME: tuple[tuple[re.Pattern[str], Fields], ...] = tuple(
    (re.compile(rf"(?i){pattern}"), fields)
    for pattern, fields in (
        (r"resources", RESOURCES),
        (r"podsecuritycontext", POD_SECURITY),
        (r"\w*containersecuritycontext", CONTAINER_SECURITY),
        (r"\w*securitycontext", {**POD_SECURITY, **CONTAINER_SECURITY}),
        (r"seccompprofile", _PROFILE),
        (r"\w*(?:liveness|readiness|startup)probe", PROBE),
        (r"affinity", AFFINITY),
        (r"(?:update|deployment)?strategy", STRATEGY),
        (r"pdb|poddisruptionbudget", DISRUPTION_BUDGET),
        (r"volumeclaimtemplate", CLAIM_TEMPLATE),
    )
)


def fields_named(key: str) -> Fields | None:
    """Return the fields that stand below a key of a chart's values by convention; None where there is none."""
    return next((fields for pattern, fields in _BY_NAME if pattern.fullmatch(key)), None)


def is_resource(name: str) -> bool:
    """Return whether a name beside the known ones may be that of a resource: it has a domain, or is a page size."""
    return "/" in name or name.startswith("hugepages-")

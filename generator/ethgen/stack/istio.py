"""Istio: its CRDs, its control plane, and the gateway that requests come in by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.stack.known import Known, Promise, Scrape, installed_of
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec

_REPOSITORY, _VERSION = "https://istio-release.storage.googleapis.com/charts", "1.30.3"
_SYSTEM = "istio-system"
_SECCOMP = {"type": "RuntimeDefault"}

BASE = Release("istio-base", _SYSTEM, "istio", Chart("base", _VERSION, _REPOSITORY), {})
ISTIOD = Release(
    "istiod",
    _SYSTEM,
    "istio",
    Chart("istiod", _VERSION, _REPOSITORY),
    {},
    # It turns the gateway's pods into proxies while they are made.
    wait=True,
    autoscaled=(("Deployment", "istiod"),),
)
GATEWAY = Release(
    "istio-gateway",
    "istio-ingress",
    "istio",
    Chart("gateway", _VERSION, _REPOSITORY),
    {},
    autoscaled=(("Deployment", "istio-gateway"),),
)


def base(spec: NetworkSpec) -> Release:
    """Return the release of Istio's CRDs, which are templates of its chart and so are upgraded with it."""
    del spec
    # As of istiod, which changes the webhook of this chart as well.
    webhook = {"validationFailurePolicy": "Fail"}
    return BASE._replace(values={"base": {"enableCRDTemplates": True, **webhook}, "defaultRevision": "default"})


def istiod(spec: NetworkSpec) -> Release:
    """Return the release of the control plane."""
    values = {
        "seccompProfile": _SECCOMP,
        **_scale(spec, most=5),
        # Upstream's 500m and 2 GiB are for a thousand services; it grows with them.
        "resources": {"requests": {"cpu": "200m", "memory": "512Mi"}},
        "meshConfig": {"accessLogFile": "/dev/stdout", "accessLogEncoding": "JSON", "enablePrometheusMerge": True},
        # By itself it installs "Ignore" and changes that to "Fail", which Flux and Argo CD would change back for ever.
        "base": {"validationFailurePolicy": "Fail"},
        "global": {"logAsJson": True, "proxy": {"seccompProfile": _SECCOMP}},
    }
    owned = ISTIOD.autoscaled if spec.profile != "local" else ()
    return ISTIOD._replace(values=values, needs=installed_of(spec, BASE.name), autoscaled=owned)


def gateway(spec: NetworkSpec) -> Release:
    """Return the release of the gateway, which the outside reaches through a load balancer where there is one."""
    production = spec.profile == "production"
    values = {
        # What a Gateway selects it by.
        "labels": {"app": GATEWAY.name, "istio": "gateway"},
        # Ports below 1024 without a capability, and what Pod Security asks for.
        "securityContext": {
            "runAsNonRoot": True,
            "seccompProfile": _SECCOMP,
            "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
        },
        "service": {"type": "ClusterIP" if spec.profile == "local" else "LoadBalancer"},
        "autoscaling": {
            "enabled": spec.profile != "local",
            "minReplicas": 3 if production else 1,
            "maxReplicas": 10 if production else 3,
            "targetCPUUtilizationPercentage": 80,
        },
        **({"podDisruptionBudget": {"maxUnavailable": 1}} if production else {}),
        # Websockets and long calls end in their own time.
        "terminationGracePeriodSeconds": 60,
    }
    owned = GATEWAY.autoscaled if spec.profile != "local" else ()
    return GATEWAY._replace(values=values, needs=installed_of(spec, ISTIOD.name), autoscaled=owned)


def _scale(spec: NetworkSpec, most: int) -> dict[str, Any]:
    if spec.profile == "local":
        return {"autoscaleEnabled": False, "replicaCount": 1}
    return {"autoscaleEnabled": True, "autoscaleMin": 2 if spec.profile == "production" else 1, "autoscaleMax": most}


_WEBHOOK = Promise(
    ("base", "validationFailurePolicy"),
    ("Fail",),
    "istiod sets it to Fail itself, and Flux and Argo CD would change it back for ever",
)
KNOWN_BASE = Known(
    BASE,
    base,
    # Its values.yaml does not list it; its template reads it.
    free=(("base", "validationFailurePolicy"),),
    promises=(
        Promise(("base", "enableCRDTemplates"), (True,), "the control plane does not start without its CRDs"),
        _WEBHOOK,
    ),
)
KNOWN_ISTIOD = Known(
    ISTIOD,
    istiod,
    requires=(BASE.name,),
    promises=(_WEBHOOK,),
    free=(("meshConfig",),),
    scrape=Scrape({"app": "istiod"}, "http-monitoring"),
)
KNOWN_GATEWAY = Known(
    GATEWAY,
    gateway,
    requires=(ISTIOD.name,),
    free=(("labels",),),
    # The port that the control plane gives the proxy.
    scrape=Scrape({"istio": "gateway"}, "http-envoy-prom", "/stats/prometheus"),
)

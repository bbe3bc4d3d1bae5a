"""The tables of `ethgen.spec.plain`, made by `python -m ethgen.spec.compilation`; do not edit."""

from ethgen.spec import ethereum, git, internet, stores, types
from ethgen.spec.beginning import Beginning
from ethgen.spec.environment import Environment
from ethgen.spec.plain import (
    REQUIRED, Field, PlainSection,
    anything, mapping, one_of, optional, passing, several, switch, text, unsure, whole,
)

# What these are made of, and its SHA-256: from other types they are not used.
SOURCES = (
    "beginning.py",
    "cluster.py",
    "cluster_objects.py",
    "counts.py",
    "cron.py",
    "environment.py",
    "ethereum.py",
    "genesis.py",
    "git.py",
    "gitops.py",
    "internet.py",
    "keccak.py",
    "metrics.py",
    "model.py",
    "network.py",
    "node.py",
    "notation.py",
    "object_storage.py",
    "observability.py",
    "positions.py",
    "quantity.py",
    "registry.py",
    "release.py",
    "scheduling.py",
    "section.py",
    "stores.py",
    "types.py",
)
DIGEST = "08139dfd0c330a9e1dc1f9c80ee6f844e0abceda3ac210d3d55edb8038930605"


class StorageClass(PlainSection):
    fields = {
        "provisioner": Field("provisioner", passing(text, types._OBJECT_NAME._check), REQUIRED),
        "parameters": Field("parameters", mapping(text, text), {}),
        "reclaimPolicy": Field("reclaim_policy", one_of('Retain', 'Delete'), 'Retain'),
        "isDefault": Field("is_default", switch, False),
    }


class Storage(PlainSection):
    fields = {
        "class": Field("class_", optional(passing(text, types._OBJECT_NAME._check)), None),
        "classes": Field("classes", mapping(passing(text, types._OBJECT_NAME._check), StorageClass.read), {}),
    }


class PriorityClass(PlainSection):
    fields = {
        "value": Field("value", whole(1, 1000000000), REQUIRED),
        "preempts": Field("preempts", switch, True),
    }


class Access(PlainSection):
    fields = {
        "viewers": Field("viewers", passing(several(passing(text, types._GROUP._check)), types._differ), []),
        "operators": Field("operators", passing(several(passing(text, types._GROUP._check)), types._differ), []),
    }


class Subnets(PlainSection):
    fields = {
        "link": Field("link", passing(text, internet._network_of), '10.88.0.0/30'),
        "pods": Field("pods", passing(text, internet._network_of), '10.244.0.0/16'),
        "services": Field("services", passing(text, internet._network_of), '10.96.0.0/16'),
    }


class Toleration(PlainSection):
    fields = {
        "key": Field("key", optional(passing(text, types._LABEL_KEY._check)), None),
        "operator": Field("operator", one_of('Exists', 'Equal'), 'Equal'),
        "value": Field("value", optional(passing(text, types._LABEL_VALUE._check)), None),
        "effect": Field("effect", optional(one_of('NoSchedule', 'PreferNoSchedule', 'NoExecute')), None),
        "tolerationSeconds": Field("toleration_seconds", optional(whole(0, float("inf"))), None),
    }


class Cluster(PlainSection):
    fields = {
        "provider": Field("provider", one_of('auto', 'bare', 'kind', 'k3d', 'existing'), 'existing'),
        "context": Field("context", optional(text), None),
        "registry": Field("registry", passing(text, types._REGISTRY._check), 'localhost'),
        "chartRepository": Field("chart_repository", optional(passing(text, internet._chart_repository)), None),
        "imagePullSecrets": Field("image_pull_secrets", passing(several(passing(text, types._OBJECT_NAME._check)), types._differ), []),
        "storage": Field("storage", Storage.read, Storage.read({})),
        "priorityClasses": Field("priority_classes", mapping(passing(text, types._OBJECT_NAME._check), PriorityClass.read), {}),
        "access": Field("access", Access.read, Access.read({})),
        "subnets": Field("subnets", Subnets.read, Subnets.read({})),
        "zones": Field("zones", passing(several(passing(text, types._ZONE._check)), types._differ), []),
        "zoneSpread": Field("zone_spread", optional(one_of('ScheduleAnyway', 'DoNotSchedule')), None),
        "nodeSelector": Field("node_selector", mapping(passing(text, types._LABEL_KEY._check), passing(text, types._LABEL_VALUE._check)), {}),
        "tolerations": Field("tolerations", passing(several(Toleration.read), types._differ), []),
        "labels": Field("labels", mapping(passing(text, types._LABEL_KEY._check), passing(text, types._LABEL_VALUE._check)), {}),
    }


class Genesis(Beginning, PlainSection):
    _secret = ''
    fields = {
        "fork": Field("fork", one_of('electra', 'fulu'), 'electra'),
        "preset": Field("preset", one_of('mainnet', 'minimal'), 'mainnet'),
        "slotSeconds": Field("slot_seconds", whole(1, 60), 12),
        "slotsPerEpoch": Field("slots_per_epoch", one_of(8, 16, 32), 32),
        "validators": Field("validators", optional(whole(1, float("inf"))), None),
        "mnemonic": Field("mnemonic", optional(passing(text, ethereum.MNEMONIC._check)), None),
        "mnemonicFile": Field("mnemonic_file", optional(passing(text, types._FILE._check)), None),
        "premine": Field("premine", mapping(passing(passing(text, ethereum._ADDRESS._check), ethereum._checksum), whole(1, 115792089237316195423570985008687907853269984665640564039457)), {}),
        "premineAccounts": Field("premine_accounts", whole(0, 100), 10),
        "gasLimit": Field("gas_limit", whole(5000, 9223372036854775807), 60000000),
        "delaySeconds": Field("delay_seconds", whole(5, 2592000), 30),
    }


class Resources(PlainSection):
    fields = {
        "cpu": Field("cpu", optional(passing(text, types._CPU._check)), None),
        "memory": Field("memory", optional(passing(text, types._QUANTITY._check)), None),
        "memoryLimit": Field("memory_limit", optional(passing(text, types._QUANTITY._check)), None),
    }


class ExecutionClient(PlainSection):
    fields = {
        "version": Field("version", optional(passing(text, types._VERSION._check)), None),
        "image": Field("image", optional(passing(text, types._IMAGE._check)), None),
        "extraArgs": Field("extra_args", several(text), []),
        "resources": Field("resources", Resources.read, Resources.read({})),
        "client": Field("client", text, REQUIRED),
        "retention": Field("retention", one_of('archive', 'full', 'post-merge', 'post-prague', 'rolling', 'minimal'), 'full'),
        "apis": Field("apis", passing(several(one_of('eth', 'net', 'web3', 'txpool', 'debug', 'admin')), types._differ), ['eth', 'net', 'web3']),
    }


class ConsensusClient(PlainSection):
    fields = {
        "version": Field("version", optional(passing(text, types._VERSION._check)), None),
        "image": Field("image", optional(passing(text, types._IMAGE._check)), None),
        "extraArgs": Field("extra_args", several(text), []),
        "resources": Field("resources", Resources.read, Resources.read({})),
        "client": Field("client", text, REQUIRED),
    }


class Health(PlainSection):
    fields = {
        "maxHeadAge": Field("max_head_age", optional(passing(text, types._DURATION._check)), None),
        "maxSyncDistance": Field("max_sync_distance", whole(0, 8192), 4),
    }


class NodeGroup(PlainSection):
    fields = {
        "execution": Field("execution", ExecutionClient.read, REQUIRED),
        "consensus": Field("consensus", ConsensusClient.read, REQUIRED),
        "replicas": Field("replicas", whole(0, 64), 1),
        "storage": Field("storage", passing(text, types._QUANTITY._check), REQUIRED),
        "health": Field("health", Health.read, Health.read({})),
    }


class KeySet(PlainSection):
    fields = {
        "version": Field("version", optional(passing(text, types._VERSION._check)), None),
        "image": Field("image", optional(passing(text, types._IMAGE._check)), None),
        "extraArgs": Field("extra_args", several(text), []),
        "resources": Field("resources", Resources.read, Resources.read({})),
        "client": Field("client", text, REQUIRED),
        "keys": Field("keys", whole(1, 1000), REQUIRED),
        "feeRecipient": Field("fee_recipient", passing(passing(text, ethereum._ADDRESS._check), ethereum._checksum), REQUIRED),
        "graffiti": Field("graffiti", passing(text, ethereum._graffiti), ''),
        "storage": Field("storage", passing(text, types._QUANTITY._check), '1Gi'),
    }


class Rpc(PlainSection):
    fields = {
        "service": Field("service", one_of('ClusterIP', 'NodePort', 'LoadBalancer'), 'ClusterIP'),
        "fromCidrs": Field("from_cidrs", passing(several(passing(text, internet._network_of)), types._differ), []),
        "fromNamespaces": Field("from_namespaces", passing(several(passing(text, types._NAMESPACE._check)), types._differ), []),
        "anyAddress": Field("any_address", switch, False),
        "annotations": Field("annotations", mapping(passing(text, types._LABEL_KEY._check), text), {}),
    }


class Quota(PlainSection):
    fields = {
        "cpu": Field("cpu", optional(passing(text, types._CPU._check)), None),
        "memory": Field("memory", optional(passing(text, types._QUANTITY._check)), None),
        "storage": Field("storage", optional(passing(text, types._QUANTITY._check)), None),
        "pods": Field("pods", optional(whole(1, float("inf"))), None),
    }


class Network(PlainSection):
    fields = {
        "chain": Field("chain", text, REQUIRED),
        "chainId": Field("chain_id", optional(whole(1, 9007199254740991)), None),
        "genesis": Field("genesis", optional(Genesis.read), None),
        "nodes": Field("nodes", mapping(passing(text, types.NAME._check), NodeGroup.read), REQUIRED),
        "validators": Field("validators", mapping(passing(text, types.NAME._check), KeySet.read), {}),
        "rpc": Field("rpc", Rpc.read, Rpc.read({})),
        "checkpointUrl": Field("checkpoint_url", optional(passing(text, internet._http)), None),
        "priorityClass": Field("priority_class", optional(passing(text, types._OBJECT_NAME._check)), None),
        "quota": Field("quota", optional(Quota.read), None),
    }


class Metrics(PlainSection):
    fields = {
        "serviceMonitor": Field("service_monitor", switch, False),
        "fromNamespace": Field("from_namespace", passing(text, types._NAMESPACE._check), 'monitoring'),
    }


class ObjectStorage(PlainSection):
    fields = {
        "endpoint": Field("endpoint", passing(text, stores._ENDPOINT._check), REQUIRED),
        "region": Field("region", passing(text, stores._REGION._check), 'us-east-1'),
        "existingSecret": Field("existing_secret", optional(passing(text, types._OBJECT_NAME._check)), None),
        "pathStyle": Field("path_style", switch, False),
        "insecure": Field("insecure", switch, False),
    }


class Prometheus(PlainSection):
    fields = {
        "retentionDays": Field("retention_days", optional(whole(1, float("inf"))), None),
        "storage": Field("storage", optional(passing(text, types._QUANTITY._check)), None),
    }


class Loki(PlainSection):
    fields = {
        "retentionDays": Field("retention_days", optional(whole(1, float("inf"))), None),
        "storage": Field("storage", optional(passing(text, types._QUANTITY._check)), None),
        "bucket": Field("bucket", optional(passing(text, stores._BUCKET._check)), None),
    }


class Mimir(PlainSection):
    fields = {
        "retentionDays": Field("retention_days", optional(whole(1, float("inf"))), None),
        "storage": Field("storage", optional(passing(text, types._QUANTITY._check)), None),
        "bucket": Field("bucket", optional(passing(text, stores._BUCKET._check)), None),
    }


class Grafana(PlainSection):
    fields = {
        "existingSecret": Field("existing_secret", optional(passing(text, types._OBJECT_NAME._check)), None),
    }


class Observability(PlainSection):
    fields = {
        "objectStorage": Field("object_storage", optional(ObjectStorage.read), None),
        "prometheus": Field("prometheus", Prometheus.read, Prometheus.read({})),
        "loki": Field("loki", Loki.read, Loki.read({})),
        "mimir": Field("mimir", Mimir.read, Mimir.read({})),
        "grafana": Field("grafana", Grafana.read, Grafana.read({})),
    }


class Registry(PlainSection):
    fields = {
        "storage": Field("storage", passing(text, types._QUANTITY._check), '100Gi'),
        "bucket": Field("bucket", optional(passing(text, stores._BUCKET._check)), None),
        "objectStorage": Field("object_storage", optional(ObjectStorage.read), None),
        "existingSecret": Field("existing_secret", optional(passing(text, types._OBJECT_NAME._check)), None),
        "tlsSecret": Field("tls_secret", optional(passing(text, types._OBJECT_NAME._check)), None),
        "service": Field("service", one_of('ClusterIP', 'NodePort', 'LoadBalancer'), 'ClusterIP'),
        "cleanup": Field("cleanup", optional(passing(text, types._CRON._check)), None),
    }


class Release(PlainSection):
    fields = {
        "enabled": Field("enabled", switch, True),
        "version": Field("version", optional(passing(text, types._CHART_VERSION._check)), None),
        "values": Field("values", mapping(text, anything), {}),
    }


class Flux(PlainSection):
    fields = {
        "namespace": Field("namespace", passing(text, types._NAMESPACE._check), 'flux-system'),
        "secret": Field("secret", optional(passing(text, types._OBJECT_NAME._check)), None),
    }


class ArgoCd(PlainSection):
    fields = {
        "namespace": Field("namespace", passing(text, types._NAMESPACE._check), 'argocd'),
        "project": Field("project", optional(passing(text, types._OBJECT_NAME._check)), None),
        "cluster": Field("cluster", passing(text, types._OBJECT_NAME._check), 'in-cluster'),
    }


class Gitops(PlainSection):
    fields = {
        "repository": Field("repository", passing(text, git._repository), REQUIRED),
        "branch": Field("branch", passing(text, git._BRANCH._check), 'main'),
        "path": Field("path", passing(text, git._FOLDER._check), ''),
        "interval": Field("interval", passing(text, types._DURATION._check), '5m'),
        "tools": Field("tools", passing(several(one_of('flux', 'argocd')), types._differ), ['flux', 'argocd']),
        "flux": Field("flux", Flux.read, Flux.read({})),
        "argocd": Field("argocd", ArgoCd.read, ArgoCd.read({})),
    }


class NetworkSpec(Environment, PlainSection):
    _environment = ''
    fields = {
        "profile": Field("profile", one_of('local', 'staging', 'production'), REQUIRED),
        "cluster": Field("cluster", Cluster.read, Cluster.read({})),
        "networks": Field("networks", mapping(passing(text, types.NAME._check), Network.read), {}),
        "metrics": Field("metrics", Metrics.read, Metrics.read({})),
        "observability": Field("observability", Observability.read, Observability.read({})),
        "registry": Field("registry", Registry.read, Registry.read({})),
        "releases": Field("releases", mapping(text, Release.read), {}),
        "gitops": Field("gitops", optional(Gitops.read), None),
    }

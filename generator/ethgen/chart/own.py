"""The charts of this repository: what their values are, and what their READMEs say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ethgen import __version__
from ethgen.chart.cluster_base import ClusterBaseValues
from ethgen.chart.values import Agent, ChartValues
from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from ethgen.chart.values import Values


class Table(NamedTuple):
    """A type with a table of its own in a README, because several values have it."""

    name: str
    heading: str
    place: str


class OwnChart(NamedTuple):
    """A chart of this repository.

    Attributes:
        name: its name, and that of its folder in `charts/`.
        defaults: what it draws when nobody says otherwise; its type is that of all values.
        module: where the types stand.
        tables: types with a table of their own in the README.
        use: what the README says of its use.
        objects: what the README says of objects that have to be there before, if any.
    """

    name: str
    defaults: Values
    module: str
    tables: tuple[Table, ...]
    use: str
    objects: str = ""


def chart_named(name: str) -> OwnChart:
    """Return a chart of this repository.

    Raises:
        EthgenError: there is none of this name.
    """
    for chart in OWN:
        if chart.name == name:
            return chart
    raise EthgenError(
        f"{name} is no chart of ethgen", cure=f"name the folder of one of: {', '.join(each.name for each in OWN)}"
    )


_NETWORK_USE = """\
A release holds one network in a namespace of its own: its nodes (an execution client, a consensus client and the agent
that tells how they are, in one pod), its validators, and the Services and policies between them. The chart knows no
client: images, arguments, ports and files are values, which `ethgen render` fills in from a spec. By hand:

```shell
helm install hoodi . --namespace hoodi --create-namespace --values ci/hoodi-values.yaml
helm test hoodi --namespace hoodi
```

"""

_NETWORK_OBJECTS = """\
A private network (`genesis`) needs these objects in its namespace before the chart, which `ethgen deploy` makes:

| Object | Keys | Use |
|--------|------|-----|
| ConfigMap `genesis-<n>`, one per part | `part` | the parts, joined in order, are a gzip'd tar of the genesis files |
| ConfigMap `genesis` | `sha256` | what the joined parts must hash to |
| Secret `node-keys-<group>`, if `nodeKeys` | `<ordinal>.execution`, `<ordinal>.consensus` | peer-to-peer identities |
| Secret of a key set | EIP-2335 keystores and `password` | what the validator signs with |

"""

_CLUSTER_USE = """\
One release of it in a cluster makes what its networks share. Namespaces of quotas and rights must be there before;
`ethgen deploy`, Flux and Argo CD make those of networks first. By hand:

```shell
helm install cluster-base . --namespace cluster-base --create-namespace --values ci/everything-values.yaml
```

"""

ETHEREUM = OwnChart(
    name="ethereum-infrastructure",
    # Helm merges maps, so that a node or validator given here would be part of every network. Chain id 1337 is the one
    # of geth's `--dev` (go-ethereum, params/config.go), which no public network has.
    defaults=ChartValues(network="example", chain_id=1337, agent=Agent(image=f"localhost/ethgen/agent:{__version__}")),
    module="generator/ethgen/chart/values.py",
    tables=(
        Table("NodeGroup", "Node groups", "An entry of `nodes`"),
        Table("KeySet", "Key sets", "An entry of `validators`"),
        Table("Container", "Containers", "`execution` and `consensus` of a node group, `container` of a key set"),
        Table("Port", "Ports", "An entry of `ports` of a container"),
        Table("Resources", "Resources", "Any `resources`"),
        Table("Toleration", "Tolerations", "An entry of `tolerations`"),
    ),
    use=_NETWORK_USE,
    objects=_NETWORK_OBJECTS,
)
CLUSTER_BASE = OwnChart(
    name="cluster-base",
    defaults=ClusterBaseValues(),
    module="generator/ethgen/chart/cluster_base.py",
    tables=(
        Table("StorageClass", "Storage classes", "An entry of `storageClasses`"),
        Table("PriorityClass", "Priority classes", "An entry of `priorityClasses`"),
        Table("Quota", "Quotas", "An entry of `quotas`"),
    ),
    use=_CLUSTER_USE,
)
OWN = (ETHEREUM, CLUSTER_BASE)

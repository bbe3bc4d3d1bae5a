"""A single-node Kubernetes cluster of upstream's own parts, without a container engine.

The node is one set of Linux namespaces: a process of this package is its first process, and everything else of the
cluster lives and dies with it. Outside the namespaces there is one virtual link, two routes, one cgroup and one folder.
"""

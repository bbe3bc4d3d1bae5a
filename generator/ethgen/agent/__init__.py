"""What runs inside the pods: it prepares a node's files, and tells Kubernetes how the node really is.

It imports the standard library alone, and little of it, for it runs once per pod and shares the pod's memory.
"""

"""One typed network spec in; a running, observable, self-scaling Ethereum fleet on Kubernetes out."""

__version__ = "0.1.0"

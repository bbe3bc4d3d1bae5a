"""Argo CD in its headless form on this machine: the parts that reconcile, without its API server and interface."""

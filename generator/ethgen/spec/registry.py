"""Section `registry`: the registry of images and charts that the release docker-registry installs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ethgen.spec.object_storage import ObjectStorage
from ethgen.spec.section import Section
from ethgen.spec.stores import Bucket
from ethgen.spec.types import Cron, ObjectName, Quantity


class Registry(Section):
    """A registry inside the cluster."""

    storage: Quantity = Field(default="100Gi", description="Volume of its images, where it has no bucket.")
    bucket: Bucket | None = Field(default=None, description="Bucket of its images, in place of a volume.")
    object_storage: ObjectStorage | None = Field(
        default=None, description="Store of the bucket; its Secret is in the namespace registry."
    )
    existing_secret: ObjectName | None = Field(
        default=None,
        description=(
            "Secret with the key htpasswd, lines of user and bcrypt hash, in the namespace registry; needed but in "
            "profile local with service ClusterIP, where anybody in the cluster may push."
        ),
    )
    tls_secret: ObjectName | None = Field(
        default=None,
        description="Secret with tls.crt and tls.key in the namespace registry; needed but in profile local.",
    )
    service: Literal["ClusterIP", "NodePort", "LoadBalancer"] = Field(
        default="ClusterIP", description="How it is reached from outside of the cluster."
    )
    cleanup: Cron | None = Field(
        default=None,
        description=(
            "When the layers that no image has any more are removed, in UTC; never if absent. Nobody may push "
            "meanwhile: what is being pushed would lose layers."
        ),
    )

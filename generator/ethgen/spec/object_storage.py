"""The object store that buckets of several sections are in."""

from __future__ import annotations

from pydantic import Field

from ethgen.spec.section import Section
from ethgen.spec.stores import Endpoint, Region
from ethgen.spec.types import ObjectName


class ObjectStorage(Section):
    """A store that speaks the protocol of Amazon S3."""

    endpoint: Endpoint = Field(description="Host of the store, with its port if that is neither 443 nor 80.")
    region: Region = Field(default="us-east-1", description="Region of the buckets; most stores but Amazon's take any.")
    existing_secret: ObjectName | None = Field(
        default=None,
        description=(
            "Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the namespace of whoever uses the "
            "store; if absent, pods use the identity that the cloud gives them."
        ),
    )
    path_style: bool = Field(
        default=False, description="Name buckets in the path and not in the host, as most stores but Amazon's want it."
    )
    insecure: bool = Field(default=False, description="Speak HTTP without TLS, to a store inside the cluster.")
